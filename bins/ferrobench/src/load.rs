//! `ferrobench load`: many requests to one server, as they arrive or as many at once as are asked for.

mod arrivals;
mod drive;
mod figures;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use llm::base_url::{BaseUrl, WrongUrl};
use llm::limits::Limits;
use llm::message::Options as ModelOptions;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use schema::fault::Fault;
use schema::files::create_folder;

use arrivals::{Arrivals, Stage};
use drive::Target;
use figures::ServiceLevel;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The server.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:11434")]
    base_url: String,
    /// A model that it has.
    #[arg(long)]
    model: String,
    /// Closed loop: so many requests at once, each followed by the next; several make a sweep.
    #[arg(long, value_delimiter = ',', value_name = "N,…", required_unless_present = "rate", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Vec<u32>,
    /// Open loop: so many requests a second, whatever becomes of the earlier ones; several make a sweep.
    #[arg(long, value_delimiter = ',', value_name = "R,…", conflicts_with = "concurrency", value_parser = rate)]
    rate: Vec<f64>,
    /// How the requests of an open loop arrive.
    #[arg(long, value_enum, default_value_t = Arrivals::Poisson)]
    arrivals: Arrivals,
    /// Requests of each stage.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    requests: u32,
    /// Requests before each stage that enter no figure.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    warmup: u32,
    /// Words of each prompt; no two prompts begin alike, so that no server answers from an earlier one.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    prompt_words: u32,
    /// Tokens of each answer at most.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(i32).range(1..=65536))]
    num_predict: i32,
    /// Of arrivals, prompts and sampling.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When a request is given up, in seconds.
    #[arg(long, default_value_t = 300.0, value_name = "S", value_parser = rate)]
    timeout: f64,
    #[command(flatten)]
    level: ServiceLevel,
    /// Where requests.jsonl and load.json go.
    #[arg(long, value_name = "DIR", default_value = "results/load")]
    output_dir: PathBuf,
}

/// A finite number above 0.
fn rate(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0 && *number <= 1e6);
    number.ok_or_else(|| format!("`{text}` is no number above 0 and up to 1000000"))
}

pub(crate) fn run(options: &Options, out: &mut impl Write) -> Result<ExitCode> {
    raise_open_files();
    let url: BaseUrl =
        options.base_url.parse().map_err(|error: WrongUrl| Fault::new("--base-url", error.to_string()))?;
    create_folder(&options.output_dir)?;
    let target = Target {
        url,
        model: options.model.clone(),
        limits: Limits::of_seconds(options.timeout, options.timeout, options.timeout),
        options: ModelOptions {
            num_predict: Some(options.num_predict),
            seed: Some((options.seed % (1 << 31)) as u32),
            ..ModelOptions::default()
        },
        prompt_words: options.prompt_words,
    };
    let mut stages = Vec::new();
    writeln!(out, "{}", report::HEAD)?;
    for stage in stages_of(options) {
        let requests = drive::drive(&target, stage, options.warmup, options.requests, options.seed)?;
        let figures = figures::of(stage, &requests, &options.level);
        writeln!(out, "{}", report::line(&figures))?;
        stages.push((figures, requests));
    }
    report::write(&options.output_dir, options, &stages)?;
    writeln!(out, "{}", options.output_dir.join("load.json").display())?;
    let failed = stages.iter().any(|(figures, _)| figures.failed > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn stages_of(options: &Options) -> Vec<Stage> {
    let closed = options.concurrency.iter().map(|streams| Stage::Closed { streams: *streams });
    let open = options.rate.iter().map(|rate| Stage::Open { rate: *rate, arrivals: options.arrivals });
    closed.chain(open).collect()
}

/// A connection is an open file, and a thousand streams are more than most shells allow.
fn raise_open_files() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
