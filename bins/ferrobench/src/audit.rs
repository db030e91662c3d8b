//! `ferrobench audit NAME`: a report's claims computed again from its own figures, and set beside what was
//! measured here.

mod here;
mod recompute;
mod report;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use schema::analysis::Analysis;
use schema::fault::{Fault, nearest};
use schema::{document, yaml};

use here::Found;
use recompute::Status;
use report::{Audit, AuditClaim};

const AUDITS: &str = "config/audits";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The audit: a file in config/audits, without its ending.
    name: String,
    /// A published result to set beside the claims, such as results/tr112.
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options, out: &mut dyn Write) -> Result<ExitCode> {
    let audit = read(root, &options.name)?;
    let analysis = options.results.as_deref().map(results).transpose()?;
    writeln!(out, "{}\n", audit.title)?;
    for note in &audit.notes {
        writeln!(out, "{note}")?;
    }
    let mut counts = [0_usize; 3];
    for claim in &audit.claims {
        let status = recompute::judge(claim);
        counts[status.place()] += 1;
        print(claim, &status, analysis.as_ref(), out)?;
    }
    let [agree, contradicted, open] = counts;
    writeln!(
        out,
        "\n{} claims: {agree} agree with the report's own figures, {contradicted} are contradicted by them, {open} cannot be computed from them",
        audit.claims.len()
    )?;
    if let Some(analysis) = &analysis {
        let found: Vec<Found> = audit.claims.iter().map(|claim| here::look(claim, analysis)).collect();
        let count = |word: &str| found.iter().filter(|found| found.word() == word).count();
        writeln!(
            out,
            "measured here: {} confirmed, {} contradicted, {} not decidable here",
            count(here::CONFIRMED),
            count(here::CONTRADICTED),
            count(here::NOT_DECIDABLE)
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(claim: &AuditClaim, status: &Status, analysis: Option<&Analysis>, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "\n{}: {} ({})", claim.id, claim.claim, claim.stands)?;
    writeln!(out, "    {}", status.in_words(claim))?;
    if let Some(remark) = &claim.remark {
        writeln!(out, "    {remark}")?;
    }
    if let Some(analysis) = analysis {
        let found = here::look(claim, analysis);
        writeln!(out, "    here: {}: {}", found.word(), found.because())?;
    }
    Ok(())
}

fn read(root: &Path, name: &str) -> Result<Audit> {
    let names = names(&root.join(AUDITS));
    if !names.iter().any(|known| known == name) {
        let fault = Fault::new("", format!("unknown audit `{name}`; known: {}", names.join(", ")));
        let near = nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        return Err(near.into_iter().fold(fault, Fault::hint).into());
    }
    let file = format!("{AUDITS}/{name}.yaml");
    let audit = yaml::read_as::<Audit>(&root.join(&file), &file)?.value;
    if audit.audit.as_str() != name {
        return Err(Fault::new(file, format!("`audit` is {}, not the file's name", audit.audit)).into());
    }
    Ok(audit)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

fn results(place: &Path) -> Result<Analysis> {
    let inside = place.join("analysis/analysis.json");
    Ok(document::read(if place.is_dir() { &inside } else { place })?)
}
