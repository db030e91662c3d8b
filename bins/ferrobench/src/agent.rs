//! `ferrobench agent`: the same agent in Rust and in Python against one model, with the guide's flags.
//! No Nextflow, Java, polars or torch.

mod arms;
mod figures;
mod programs;
mod report;
mod run;
mod server;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use schema::fault::Fault;
use schema::files::create_folder;

use arms::{Arm, Phase, Phases, Scenario};
use run::{Bench, Run};

/// What `--quick` may take once everything is built.
const QUICK: Duration = Duration::from_mins(1);
/// Tokens of the pilot call that `--quick` reckons from.
const PILOT_TOKENS: i32 = 32;
const QUICK_TOKENS: i32 = 64;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The model to ask. Without it and without --base-url the embedded server is started.
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Runs of each implementation in each configuration.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) runs: u32,
    /// The server [default with --model: <http://127.0.0.1:11434>].
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    #[command(flatten)]
    pub(crate) chimera: Chimera,
    /// Where the results go [default: results/agent].
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Which configurations are run.
    #[arg(long, value_enum, default_value_t = Scenario::BaselineVsChimera)]
    pub(crate) scenario: Scenario,
    /// cold: the model is unloaded before each run; warm: it is loaded once.
    #[arg(long, value_enum, default_value_t = Phases::All)]
    pub(crate) phases: Phases,
    /// The files that the agent reads [default: a corpus of 101 files, made from the seed].
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,
    /// Of the corpus, of the order of the runs, and of the model's sampling.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Tokens of each answer at most [default: 128].
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=65536))]
    pub(crate) num_predict: Option<i32>,
    /// First figures within a minute: a pilot run fits runs and tokens to the time.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only these, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) implementations: Vec<String>,
}

/// The optimised configuration; what is not given is the server's own default.
#[derive(Clone, Debug, Default, clap::Args)]
#[allow(clippy::struct_field_names)] // the guide's flags
pub(crate) struct Chimera {
    /// Layers on the GPU.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) chimera_num_gpu: Option<i32>,
    /// Length of the context in tokens.
    #[arg(long)]
    pub(crate) chimera_num_ctx: Option<u32>,
    /// Sampling temperature.
    #[arg(long)]
    pub(crate) chimera_temperature: Option<f64>,
    /// Sample among the likeliest tokens that together have this probability.
    #[arg(long)]
    pub(crate) chimera_top_p: Option<f64>,
    /// Sample among this many of the likeliest tokens.
    #[arg(long)]
    pub(crate) chimera_top_k: Option<u32>,
    /// Penalty for repeated tokens.
    #[arg(long)]
    pub(crate) chimera_repeat_penalty: Option<f64>,
}

pub(crate) fn run(root: &Path, options: &Options, out: &mut impl Write) -> Result<ExitCode> {
    let configurations = arms::configurations(options)?;
    let folder = options.output_dir.clone().unwrap_or_else(|| root.join("results/agent"));
    for part in ["data/runs", "reports"] {
        create_folder(&folder.join(part))?;
    }
    let server = server::find(root, options)?;
    writeln!(out, "{}", server.in_words())?;
    let programs = programs::ready(root, &options.implementations, &mut |line: &str| eprintln!("{line}"))?;
    let data = run::data(&folder, options)?;
    let bench = Bench { root, folder: &folder, data: &data, seed: options.seed };

    let mut tokens = options.num_predict.unwrap_or(if options.quick { QUICK_TOKENS } else { 128 });
    let mut rounds = options.runs;
    let phases: &[Phase] = if options.quick { &[Phase::Warm] } else { options.phases.list() };
    let arms: Vec<Arm> = arms::all(&programs, &configurations, phases);
    if options.quick {
        let arm = Arm { phase: Phase::Warm, ..arms[0].clone() };
        let began = Instant::now();
        let pilot = bench.run(&server, &arm, 0, PILOT_TOKENS.min(tokens));
        if let Some(failure) = &pilot.failure {
            return Err(Fault::new(arm.program.name.clone(), failure.clone())
                .hint("the pilot run failed; the server's own log says more")
                .into());
        }
        (rounds, tokens) = fitted(&pilot, began.elapsed(), arms.len(), tokens);
        writeln!(out, "pilot: {:.1} s; {rounds} runs of each with {tokens} tokens an answer", pilot.wall_s)?;
    }
    let mut runs: Vec<Run> = Vec::new();
    for round in 0..rounds {
        for arm in arms::shuffled(&arms, options.seed, round) {
            let run = bench.run(&server, arm, round + 1, tokens);
            writeln!(out, "{}", run.in_words())?;
            runs.push(run);
        }
    }
    let figures = figures::of(&arms, &runs);
    report::write(&folder, options, &server, &figures, &runs, tokens)?;
    writeln!(out, "\n{}", report::first_screen(&figures))?;
    writeln!(out, "\n{}", folder.join("reports/comparison_report.md").display())?;
    let failed = runs.iter().any(|run| run.failure.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Rounds and tokens that fit into what is left of [`QUICK`], reckoned from the pilot's figures.
fn fitted(pilot: &Run, taken: Duration, arms: usize, tokens: i32) -> (u32, i32) {
    let left = QUICK.saturating_sub(taken).as_secs_f64() / arms as f64;
    let decode = pilot.seconds_a_token().unwrap_or(0.0) * 2.0;
    let fixed = (pilot.wall_s - decode * f64::from(PILOT_TOKENS.min(tokens))).max(0.05);
    let cost = |tokens: i32| fixed + decode * f64::from(tokens);
    let mut tokens = tokens;
    while tokens > 8 && left / cost(tokens) < 3.0 {
        tokens /= 2;
    }
    (((left / cost(tokens)) as u32).clamp(1, 10), tokens)
}
