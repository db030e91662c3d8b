//! `ferrobench doctor`: read-only. Each finding says what was seen, what it means for measuring, and
//! the exact remedy.

mod finding;
mod host;
mod machine;
mod programs;
mod sensors;
mod state;
mod steadiness;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use schema::fault::visible;
use serde_json::json;

use finding::{Finding, State};
use host::Host;

/// A finding's group, in the order in which they are told.
type Group = (&'static str, Vec<Finding>);

pub(crate) fn run(root: &Path, as_json: bool, out: &mut dyn Write) -> Result<ExitCode> {
    let host = Host::here();
    let groups: [Group; 5] = [
        ("programs", programs::look(root)),
        ("machine", machine::look(&host, root)),
        ("steadiness", steadiness::look(&host)),
        ("sensors", sensors::look(&host)),
        ("this checkout", state::look(root)),
    ];
    let missing = count(&groups, State::Missing);
    if as_json {
        let findings: Vec<_> = groups
            .iter()
            .flat_map(|(group, findings)| findings.iter().map(move |finding| finding.as_json(group)))
            .collect();
        let document = json!({"findings": findings, "missing": missing, "notes": count(&groups, State::Note)});
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        for (group, findings) in &groups {
            tell(group, findings, out)?;
        }
        writeln!(out, "{}", closing(missing, count(&groups, State::Note)))?;
    }
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn count(groups: &[Group], state: State) -> usize {
    groups.iter().flat_map(|(_, findings)| findings).filter(|finding| finding.state == state).count()
}

fn tell(group: &str, findings: &[Finding], out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{group}")?;
    for finding in findings {
        writeln!(out, "  {:<8}{:<20} {}", finding.state.word(), finding.subject, visible(&finding.seen))?;
        if let Some(means) = &finding.means {
            writeln!(out, "{:<31}{}", "", visible(means))?;
        }
        if let Some(remedy) = &finding.remedy {
            writeln!(out, "{:<29}→ {}", "", visible(remedy))?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn closing(missing: usize, notes: usize) -> String {
    let things = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    if missing > 0 {
        return format!("{} missing: scripts/setup installs what it can and names the rest.", things(missing, "part"));
    }
    format!("Nothing is missing. {} on what limits figures here.", things(notes, "note"))
}
