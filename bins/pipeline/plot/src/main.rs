//! Phase 5: draws the study's plots and lists them in plots.json.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::analysis::Analysis;
use schema::document;
use schema::fault::exit_code;
use schema::files::{create_folder, write_whole};
use schema::publication::Plots;

/// Draws the plots of an analysis.
#[derive(Parser)]
#[command(name = "plot", version)]
struct Arguments {
    /// analysis.json, as `analyze` wrote it.
    #[arg(long)]
    analysis: PathBuf,
    /// The folder for the drawings and plots.json.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    exit_code(
        run(&arguments.analysis, &arguments.out)
            .map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace),
    )
}

fn run(analysis: &Path, out: &Path) -> Result<()> {
    let analysis: Analysis = document::read(analysis)?;
    create_folder(out)?;
    let drawings = report::plots::all(&analysis)?;
    for drawing in &drawings {
        write_whole(&out.join(&drawing.plot.file), drawing.svg.as_bytes())?;
    }
    let plots = Plots {
        schema_version: schema::SCHEMA_VERSION.to_owned(),
        study: analysis.study,
        plots: drawings.into_iter().map(|drawing| drawing.plot).collect(),
    };
    Ok(document::write(&out.join("plots.json"), &plots)?)
}
