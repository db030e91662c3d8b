//! The person's own command. What needs polars or Nextflow runs elsewhere, so that this builds in
//! seconds and answers at once.

mod agent;
mod audit;
mod capsule;
mod compare;
mod doctor;
mod list;
mod load;
mod machines;
mod new_task;
mod parameters;
mod plan;
mod tape;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use schema::files;

/// Rust or Python? Ferrobench measures, on this machine, with proof that both did the same work.
#[derive(Parser)]
#[command(name = "ferrobench", version, about)]
struct Cli {
    /// The checkout; found above the working folder where not given.
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what this machine can and cannot do here, and how to mend it.
    Doctor {
        /// One JSON document instead of text.
        #[arg(long)]
        json: bool,
    },
    /// List the tasks with their implementations, the datasets and the studies.
    List,
    /// Say what a study would run and how long that takes, without building or measuring anything.
    ///
    /// Takes what `nextflow run main.nf` takes: `ferrobench plan --study full --budget 25m`.
    #[command(after_help = plan::parameters_help())]
    Plan {
        /// The parameters, as docs/parameters.md lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "--NAME VALUE")]
        parameters: Vec<String>,
    },
    /// Hold two published results against each other: of two commits, or of two machines.
    Compare {
        /// The folder of the older result, such as results/default, or its analysis.json: A.
        older: PathBuf,
        /// The newer one: B.
        newer: PathBuf,
        /// Exit 1 where B is shown to cost more than A by all of this share, such as `5%`, or lacks what
        /// A has.
        #[arg(long, value_name = "PERCENT", value_parser = share)]
        fail_on_regression: Option<f64>,
    },
    /// Make one report of results that several machines published: what each machine's own ratios say.
    Machines {
        /// The folders of the results, such as results/default and results/imported/…; two to eight.
        #[arg(required = true, num_args = 2..)]
        results: Vec<PathBuf>,
        /// Where machines.html and machines.md are written.
        #[arg(long, default_value = "machines")]
        out: PathBuf,
    },
    /// Verify a published result folder: every file, digest, schema and count.
    Verify {
        /// The folder, such as results/default.
        results: PathBuf,
    },
    /// Make one folder of a published result that others can check and repeat (RO-Crate 1.1).
    Export {
        /// The folder of the result, such as results/default.
        results: PathBuf,
        /// The capsule's folder; STUDY.crate where not given.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Check somebody's capsule and put its results under results/imported.
    Import {
        /// The capsule's folder.
        capsule: PathBuf,
    },
    /// Measure a capsule's study here, and say which of its verdicts hold here too.
    ///
    /// Exit code 1 where one does not.
    Replicate {
        /// The capsule's folder.
        capsule: PathBuf,
        /// What `nextflow run main.nf` takes besides, such as `--repetitions 20`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "--NAME VALUE")]
        parameters: Vec<String>,
    },
    /// Send a server many requests: at set rates (open loop) or so many at once (closed loop).
    ///
    /// Time to the first token, between tokens and per token, goodput under a service level; times of an open
    /// loop count from when a request was due, so a stalled server is not flattered.
    Load(Box<load::Options>),
    /// Record an LLM server's answers with their gaps, and play them to any client.
    Tape {
        #[command(subcommand)]
        command: tape::Command,
    },
    /// Run the LLM agent in Rust and in Python against your model, and show them beside each other.
    Agent(Box<agent::Options>),
    /// Compute a published report's claims again from its own figures, and set beside them what was measured here.
    Audit(audit::Options),
    /// Make the folder of a new task that passes conformance as it is.
    NewTask {
        /// The task's name: lower-case letters, digits and `_`.
        name: String,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = run(&cli);
    match outcome {
        Ok(code) => code,
        Err(error) => schema::fault::exit_code(Err(error.reallocate_into_boxed_dyn_error_without_backtrace())),
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let start = cli.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut out = std::io::stdout().lock();
    match &cli.command {
        Command::Doctor { json } => doctor::run(&files::project_root(&start)?, *json, &mut out),
        Command::Plan { parameters } => plan::run(&files::project_root(&start)?, parameters, &mut out),
        Command::List => list::run(&files::project_root(&start)?, &mut out),
        Command::Compare { older, newer, fail_on_regression } => {
            compare::run(older, newer, *fail_on_regression, &mut out)
        }
        Command::Machines { results, out: folder } => machines::run(results, folder, &mut out),
        Command::Verify { results } => verify::run(results, &mut out),
        Command::Export { results, out: capsule } => {
            capsule::export(&files::project_root(&start)?, results, capsule.as_deref(), &mut out)
        }
        Command::Import { capsule } => capsule::import(&files::project_root(&start)?, capsule, &mut out),
        Command::Replicate { capsule, parameters } => {
            capsule::replicate(&files::project_root(&start)?, capsule, parameters, &mut out)
        }
        Command::Load(options) => load::run(options, &mut out),
        Command::Tape { command } => tape::run(command, &mut out),
        Command::Agent(options) => agent::run(&files::project_root(&start)?, options, &mut out),
        Command::Audit(options) => audit::run(&files::project_root(&start)?, options, &mut out),
        Command::NewTask { name } => new_task::run(&files::project_root(&start)?, name, &mut out),
    }
}

/// `5%` or `5` as 0.05.
fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    match number.parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 1000.0 => Ok(percent / 100.0),
        _ => Err(format!("`{text}` is no percentage above 0 and up to 1000, such as 5%")),
    }
}
