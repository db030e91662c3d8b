//! Phase 5: statistics over all blocks. Every comparison gets exactly one verdict; the same input
//! gives the same bytes.

mod arms;
mod claims;
mod compare;
mod csv;
mod finished;
mod input;
mod metric;
mod pairs;
mod parity;
mod parquet;
mod pool;
mod runs;
mod study;
mod table;
mod warnings;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::{document, fault, files};

use input::{Input, Sources};

#[derive(Parser)]
#[command(about = "Compares everything that was measured: analysis.json and the tables of runs and comparisons")]
struct Arguments {
    /// Phase 1's selection.json
    #[arg(long)]
    selection: PathBuf,
    /// Phase 2's plan.json
    #[arg(long)]
    plan: PathBuf,
    /// The folder of the finished blocks, `<block_id>/` each
    #[arg(long)]
    blocks: PathBuf,
    /// The folder that `evaluate` wrote, `<block_id>/` each
    #[arg(long)]
    evaluations: PathBuf,
    /// The folder of phase 3's parity.jsonl, or of a folder with one for each task
    #[arg(long)]
    parity: PathBuf,
    /// Where the results are written
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    // Not `into`: that hides the fault inside, and with it the exit code.
    fault::exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let input = Input::read(&Sources {
        selection: &arguments.selection,
        plan: &arguments.plan,
        blocks: &arguments.blocks,
        evaluations: &arguments.evaluations,
        parity: &arguments.parity,
    })?;
    let (analysis, comparisons) = study::analyze(&input);
    files::create_folder(&arguments.out)?;
    for (name, table) in
        [("runs", table::of_runs(&input)), ("comparisons", table::of_comparisons(&analysis, &comparisons))]
    {
        csv::write(&arguments.out.join(format!("{name}.csv")), &table)?;
        parquet::write(&arguments.out.join(format!("{name}.parquet")), &table)?;
    }
    // Last: who finds the analysis finds its tables.
    document::write(&arguments.out.join("analysis.json"), &analysis)?;
    Ok(())
}
