//! Phase 5: statistics over all blocks. Every comparison gets exactly one verdict; the same input
//! gives the same bytes.

mod arms;
mod beside;
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
mod power;
mod run;
mod runs;
mod sensitivity;
mod study;
mod success;
mod table;
mod timeline;
mod used;
mod variation;
mod warnings;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::{document, fault, files};

use input::{Input, Sources};
use parquet::Frame;
use table::Table;

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
    /// Analyse the blocks of each machine apart, into `machine_1`, `machine_2`, …, instead of refusing them
    #[arg(long)]
    split_machines: bool,
    /// Where the results are written
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    // Not `into`: that hides the fault inside, and with it the exit code.
    fault::exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let sources = Sources {
        selection: &arguments.selection,
        plan: &arguments.plan,
        blocks: &arguments.blocks,
        evaluations: &arguments.evaluations,
        parity: &arguments.parity,
    };
    let inputs = Input::read(&sources, arguments.split_machines)?;
    files::create_folder(&arguments.out)?;
    if let [input] = inputs.as_slice() {
        return write(input, &arguments.out);
    }
    for (number, input) in (1..).zip(&inputs) {
        let out = arguments.out.join(format!("machine_{number}"));
        files::create_folder(&out)?;
        write(input, &out)?;
    }
    Ok(())
}

fn write(input: &Input, out: &Path) -> Result<()> {
    let (analysis, comparisons) = study::analyze(input);
    write_table(out, "runs", input.blocks.iter().map(table::of_runs))?;
    write_table(out, "comparisons", [table::of_comparisons(&analysis, &comparisons)])?;
    // Last: who finds the analysis finds its tables.
    document::write(&out.join("analysis.json"), &analysis)?;
    Ok(())
}

/// The parts of one table, as Parquet and as CSV.
fn write_table(out: &Path, name: &str, parts: impl IntoIterator<Item = Table>) -> Result<()> {
    let (mut frame, mut lines) = (Frame::default(), String::new());
    for part in parts {
        frame.add(&part)?;
        csv::add(&mut lines, &part);
    }
    files::write_whole(&out.join(format!("{name}.csv")), lines.as_bytes())?;
    drop(lines);
    frame.write(&out.join(format!("{name}.parquet")))
}
