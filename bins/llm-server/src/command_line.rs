//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// An LLM server on loopback with Ollama's and `OpenAI`'s HTTP interfaces.
///
/// When it listens it prints one line of JSON: url, model, pid. It ends with 0 on SIGTERM or SIGINT.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a model from a seed, in the hub's layout; the same seed gives the same bytes.
    Forge(ForgeOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ForgeOptions {
    /// What the model is made like.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(models::forge::SHAPES))]
    pub(crate) shape: String,
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The folder for config.json, model.safetensors and tokenizer.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// A model in the hub's layout, named by its folder or by NAME; may be given again.
    #[arg(long, value_name = "[NAME=]DIR", conflicts_with_all = ["script", "tokens"])]
    pub(crate) model: Vec<String>,
    /// Threads that compute; every number gives the same tokens. All cores where not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    #[command(flatten)]
    pub(crate) scripted: ScriptedOptions,
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// A name that a request's Host header may have, besides localhost and the loopback addresses.
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Connections at one time; more are turned away with 503.
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections_max: u32,
    /// The largest request body that is read.
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 20)]
    pub(crate) body_bytes_max: usize,
    /// Log of writes: one line a generation with the time of each token on the monotonic clock.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_log: Option<PathBuf>,
    /// End when stdin is closed: with the program that started this one.
    #[arg(long)]
    pub(crate) end_with_stdin: bool,
}

/// A server without a model, which answers set tokens at set times.
#[derive(Debug, Args)]
pub(crate) struct ScriptedOptions {
    /// Answers and faults from a file of JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tokens", "load_ms", "first_token_ms", "gap_ms"])]
    pub(crate) script: Option<PathBuf>,
    /// Without a file: the number of tokens of every answer.
    #[arg(long, value_name = "N")]
    pub(crate) tokens: Option<usize>,
    /// Without a file: how long loading takes.
    #[arg(long, value_name = "MS", default_value_t = 0.0, requires = "tokens")]
    pub(crate) load_ms: f64,
    /// Without a file: from the end of loading to the first token.
    #[arg(long, value_name = "MS", default_value_t = 0.0, requires = "tokens")]
    pub(crate) first_token_ms: f64,
    /// Without a file: from one token to the next.
    #[arg(long, value_name = "MS", default_value_t = 0.0, requires = "tokens")]
    pub(crate) gap_ms: f64,
    /// How much of each scripted wait is waited awake, for exact times; 0 for many streams at once.
    #[arg(long, value_name = "US", default_value_t = 2000)]
    pub(crate) spin_us: u64,
}
