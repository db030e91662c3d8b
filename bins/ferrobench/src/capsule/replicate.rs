//! `ferrobench replicate`: a capsule's study measured here, and whether its verdicts hold here too.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Result;
use schema::analysis::{Analysis, CellAnalysis, Comparison, Role, Verdict};
use schema::document;
use schema::fault::{Fault, visible};
use schema::files::{cannot, create_folder, state_folder, write_whole};
use serde_json::Value;

use super::launch::{self, Launch};
use super::opened;
use crate::parameters;

/// `more` is what `nextflow run main.nf` takes besides. Exit code 1 where a verdict does not hold here.
pub(crate) fn replicate(root: &Path, capsule: &Path, more: &[String], out: &mut dyn Write) -> Result<ExitCode> {
    let imported = opened::open(root, capsule)?;
    let there: Analysis = document::read(&imported.folder.join("analysis/analysis.json"))?;
    if !there.measures {
        let fault = Fault::new(capsule.display().to_string(), format!("study {} measures nothing", there.study));
        return Err(fault.hint("replicate a study that does, such as `default`").into());
    }
    let folder = state_folder(root).join("replicate").join(launch::name(&there.study)?.as_str());
    create_folder(&folder)?;
    let folder = fs::canonicalize(&folder).map_err(|error| cannot("open", &folder, &error))?;
    let launch = Launch::of(&imported.selection, more, &folder)?;
    let study = folder.join("study.yaml");
    // JSON is YAML.
    write_whole(&study, serde_json::to_string_pretty(&launch.study)?.as_bytes())?;
    let words = parameters::words(&launch.parameters);
    let shown: Vec<String> = words.iter().map(|word| format!(" {}", visible(word))).collect();
    writeln!(out, "measuring {} here: scripts/run --study {}{}", there.study, study.display(), shown.concat())?;
    out.flush()?;
    let status = Command::new(root.join("scripts/run")).arg("--study").arg(&study).args(&words).status()?;
    if !status.success() {
        let what = format!("the study did not end well here: {status}");
        return Err(Fault::new("scripts/run", what)
            .hint("what it said above tells why; what is measured is kept")
            .into());
    }
    let outdir = launch.parameters.get("outdir").and_then(Value::as_str);
    let results = outdir.map_or_else(|| root.join("results"), PathBuf::from).join(launch.study.study.as_str());
    let here: Analysis = document::read(&results.join("analysis/analysis.json"))?;
    answer(&there, &here, out)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Replicated,
    NotReplicated,
    Undecided,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Less,
    More,
    Same,
}

const fn said(verdict: Verdict) -> Option<Said> {
    match verdict {
        Verdict::MateriallyFaster | Verdict::Faster => Some(Said::Less),
        Verdict::MateriallySlower | Verdict::Slower => Some(Said::More),
        Verdict::Equivalent | Verdict::WithinMargin => Some(Said::Same),
        _ => None,
    }
}

/// What was shown there is replicated where it is shown here, and not where another thing is. A verdict
/// of materially less or more holds where it is less or more by any amount: machines differ in how much.
fn judge(there: Verdict, here: Verdict) -> Answer {
    match (said(there), said(here)) {
        (Some(there), Some(here)) if there == here => Answer::Replicated,
        (Some(_), Some(_)) => Answer::NotReplicated,
        _ => Answer::Undecided,
    }
}

fn answer(there: &Analysis, here: &Analysis, out: &mut dyn Write) -> Result<ExitCode> {
    let mut counts = [0_u32; 3];
    let shown = there.cells.iter().flat_map(|cell| cell.comparisons.iter().map(move |one| (cell, one)));
    for (cell, one) in shown.filter(|(_, one)| one.role != Role::Calibration && said(one.verdict).is_some()) {
        let now = same(here, cell, one);
        let found = now.map_or(Answer::Undecided, |now| judge(one.verdict, now.verdict));
        counts[found as usize] += 1;
        let word = match found {
            Answer::Replicated => "replicated",
            Answer::NotReplicated => "NOT replicated",
            Answer::Undecided => "not decided here",
        };
        let Comparison { left, right, metric, .. } = one;
        writeln!(out, "{word}: {}, {metric}: {left} over {right}: there {}", cell.cell.label, figure(one))?;
        writeln!(out, "    here {}", now.map_or_else(|| "not measured".to_owned(), figure))?;
    }
    let [replicated, not, undecided] = counts;
    writeln!(out, "\n{replicated} verdicts replicated, {not} not replicated, {undecided} not decided here")?;
    Ok(if not == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn same<'a>(here: &'a Analysis, cell: &CellAnalysis, one: &Comparison) -> Option<&'a Comparison> {
    let now = here.cells.iter().find(|now| now.cell.cell_id == cell.cell.cell_id)?;
    let is = |other: &&Comparison| (&other.left, &other.right, &other.metric) == (&one.left, &one.right, &one.metric);
    now.comparisons.iter().find(is)
}

fn figure(one: &Comparison) -> String {
    match (one.ratio, one.interval) {
        (Some(ratio), Some(interval)) => {
            format!("{ratio:.3} (95 % interval {:.3} to {:.3}, n = {})", interval.low, interval.high, one.n)
        }
        _ => format!("no ratio (n = {}): {}", one.n, one.because),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_shown_on_both_sides_is_judged() {
        use Verdict::{Equivalent, Faster, MateriallyFaster, MateriallySlower, NoDifferenceShown, Slower, TooFewRuns};
        assert_eq!(judge(MateriallyFaster, Faster), Answer::Replicated);
        assert_eq!(judge(Equivalent, Equivalent), Answer::Replicated);
        assert_eq!(judge(Faster, MateriallySlower), Answer::NotReplicated);
        assert_eq!(judge(MateriallyFaster, Equivalent), Answer::NotReplicated);
        assert_eq!(judge(Equivalent, Slower), Answer::NotReplicated);
        assert_eq!(judge(Slower, NoDifferenceShown), Answer::Undecided);
        assert_eq!(judge(TooFewRuns, Slower), Answer::Undecided);
    }
}
