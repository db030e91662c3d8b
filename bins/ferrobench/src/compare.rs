//! `ferrobench compare A B`: two published results, of two commits or two machines, held against each
//! other with their uncertainty.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use schema::analysis::{Analysis, Verdict};
use schema::document;
use schema::fault::Fault;

mod across;
mod change;

use change::Change;

/// A published folder or an analysis.json itself.
pub(crate) struct Side {
    pub(crate) place: PathBuf,
    pub(crate) analysis: Analysis,
}

impl Side {
    pub(crate) fn read(place: &Path) -> Result<Self> {
        let inside = place.join("analysis/analysis.json");
        let path = if place.is_dir() { inside } else { place.to_owned() };
        let analysis: Analysis = document::read(&path)?;
        if !analysis.measures {
            let what = format!("study {} measures nothing, so it shows no change", analysis.study);
            let hint = "compare two results of a study that measures, such as `default`";
            return Err(Fault::new(path.display().to_string(), what).hint(hint).into());
        }
        Ok(Self { place: place.to_owned(), analysis })
    }
}

/// `limit` is the share above 1, such as 0.05, from which a shown slow-down makes the exit code 1.
pub(crate) fn run(older: &Path, newer: &Path, limit: Option<f64>, out: &mut dyn Write) -> Result<ExitCode> {
    let (older, newer) = (Side::read(older)?, Side::read(newer)?);
    for (letter, side) in [('A', &older), ('B', &newer)] {
        let Analysis { study, cells, build_profile, .. } = &side.analysis;
        writeln!(
            out,
            "{letter}  {}: study {study}, {} cells, profile {build_profile}",
            side.place.display(),
            cells.len()
        )?;
    }
    if older.analysis.fingerprint != newer.analysis.fingerprint {
        if limit.is_some() {
            return Err(Fault::new(newer.place.display().to_string(), "is from another machine than A")
                .hint("absolute costs of two machines show no regression: measure A and B on one, or leave out --fail-on-regression")
                .into());
        }
        across::print(&older.analysis, &newer.analysis, out)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "One machine, measured apart: what drifted in between is in no interval.\n")?;
    let found = change::of(&older.analysis, &newer.analysis, limit.map(|limit| 1.0 + limit));
    for change in &found.changes {
        print(change, out)?;
    }
    for line in &found.missing {
        writeln!(out, "{line}")?;
    }
    judge(&found, limit, out)
}

fn print(change: &Change, out: &mut dyn Write) -> Result<()> {
    let word = match change.decision.verdict {
        Verdict::MateriallyFaster => "materially less",
        Verdict::MateriallySlower => "materially more",
        Verdict::WithinMargin => "within margin",
        Verdict::Faster => "less",
        Verdict::Slower => "more",
        Verdict::Equivalent => "equivalent",
        Verdict::NoDifferenceShown => "no difference shown",
        Verdict::TooFewRuns => "too few runs",
        Verdict::NotComparable | Verdict::DecidedByServer => "not comparable",
    };
    writeln!(out, "{word}: {}, {} of {}", change.cell, change.metric, change.arm)?;
    writeln!(out, "    {}", change.decision.because)?;
    if let Some(versions) = &change.versions {
        writeln!(out, "    {versions}")?;
    }
    Ok(())
}

fn judge(found: &change::Found, limit: Option<f64>, out: &mut dyn Write) -> Result<ExitCode> {
    let count =
        |wanted: &[Verdict]| found.changes.iter().filter(|change| wanted.contains(&change.decision.verdict)).count();
    let worse = count(&[Verdict::MateriallySlower]);
    writeln!(
        out,
        "\n{} comparisons: {worse} cost materially more, {} materially less, {} equivalent, the rest open; {} of A's are not in B",
        found.changes.len(),
        count(&[Verdict::MateriallyFaster]),
        count(&[Verdict::Equivalent]),
        found.missing.len(),
    )?;
    let Some(limit) = limit else { return Ok(ExitCode::SUCCESS) };
    if worse + found.missing.len() == 0 {
        writeln!(out, "no regression of {} % or more is shown", 100.0 * limit)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "regression: {worse} above {} %, {} no longer measured", 100.0 * limit, found.missing.len())?;
    Ok(ExitCode::FAILURE)
}
