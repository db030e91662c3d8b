//! Phase 5: quality and parity of a block. Every metric is computed here, once, for all languages.

mod finished;
mod folds;
mod line;
mod outputs;
mod pairs;
mod quality;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::task::{OutputSpec, TaskSpec};
use schema::{document, fault, files};

use finished::FinishedBlock;
use outputs::RoundOutputs;

#[derive(Parser)]
#[command(about = "Computes the quality metrics of a finished block's runs, and the parity of its arms")]
struct Arguments {
    /// The checkout; found above the working folder where absent
    #[arg(long)]
    root: Option<PathBuf>,
    /// A finished block's folder, as `measure` leaves it
    #[arg(long)]
    block: PathBuf,
    /// The task's `task.json`
    #[arg(long)]
    task: PathBuf,
    /// Where `<block_id>/evaluations.jsonl` and `parity.jsonl` are written
    #[arg(long, required_unless_present = "line")]
    out: Option<PathBuf>,
    /// Print what the block shows, one line a pair of implementations of one class
    #[arg(long)]
    line: bool,
}

fn main() -> ExitCode {
    // Not `into`: that hides the fault inside, and with it the exit code.
    fault::exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = match &arguments.root {
        Some(root) => root.clone(),
        None => files::project_root(&std::env::current_dir()?)?,
    };
    let task: TaskSpec = document::read(&arguments.task)?;
    let finished = FinishedBlock::load(&arguments.block)?;
    finished.check_task(&task)?;
    let scale = quality::Scale::load(&root, &finished.block, &task)?;

    let mut evaluations = Vec::new();
    let mut pairs = pairs::Pairs::new(&finished.block, &task);
    let algorithm = &finished.block.cell.algorithm;
    let declared: Vec<&OutputSpec> = task.outputs_of(algorithm).collect();
    for round in finished.rounds() {
        let outputs = RoundOutputs::read(&finished, round, &declared);
        evaluations.extend(outputs.runs().map(|run| scale.evaluate(run, &task, algorithm)));
        pairs.add(&outputs, round);
    }
    let parity = pairs.finish();

    if let Some(out) = &arguments.out {
        let folder = out.join(finished.block.block_id.as_str());
        files::create_folder(&folder)?;
        document::write_lines(&folder.join("evaluations.jsonl"), &evaluations)?;
        document::write_lines(&folder.join("parity.jsonl"), &parity)?;
    }
    if arguments.line {
        let mut stdout = std::io::stdout().lock();
        for line in line::lines(&finished, &parity) {
            writeln!(stdout, "{line}")?;
        }
    }
    Ok(())
}
