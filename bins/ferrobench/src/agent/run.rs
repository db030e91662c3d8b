//! One run: a fresh process of one agent, one round of it, and what it left behind.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use datasets::{corpus, tree};
use llm::clock::now_ns;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use schema::config::DatasetChoice;
use schema::data::{DataManifest, Source};
use schema::fault::{Fault, visible};
use schema::files::{cannot, create_folder};
use schema::id::Id;
use schema::mark::MarkName;
use schema::outcome::Outcome;
use schema::params::{Capture, Device, Mode, Params};
use schema::{PROTOCOL, SCHEMA_VERSION, document};
use serde::{Deserialize, Serialize};

use super::Options;
use super::arms::{Arm, Phase};
use super::server::Server;

const TREE: &str = "corpus";
/// Beyond what the agent allows its two calls.
const DEADLINE: Duration = Duration::from_mins(45);

pub(crate) struct Bench<'a> {
    pub(crate) root: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) data: &'a Path,
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) implementation: String,
    pub(crate) configuration: &'static str,
    pub(crate) phase: Phase,
    /// Counts from 1; 0 is the pilot.
    pub(crate) round: u32,
    /// Class and message; such a run enters no figure.
    pub(crate) failure: Option<String>,
    /// From the process's start to its end.
    pub(crate) wall_s: f64,
    /// From the process's start to its first mark.
    pub(crate) startup_ms: Option<f64>,
    pub(crate) rss_peak_mb: f64,
    pub(crate) calls: Vec<Call>,
}

/// A line of the agent's output `timings`, with what `exchanges` says of the same call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    #[allow(clippy::struct_field_names, reason = "the key in the agent's output")]
    pub(crate) call: String,
    pub(crate) started_ns: u64,
    pub(crate) sent_ns: u64,
    pub(crate) headers_ns: u64,
    pub(crate) done_ns: u64,
    pub(crate) parse_ns: u64,
    pub(crate) token_ns: Vec<u64>,
    pub(crate) server: llm::call::ServerFigures,
    /// The prompt has more words than the server evaluated tokens.
    #[serde(default)]
    pub(crate) prompt_truncated: bool,
    #[serde(default)]
    pub(crate) done_reason: Option<String>,
}

#[derive(Deserialize)]
struct Exchanged {
    prompt: String,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
}

/// The folder that the agents get as their data: a corpus of the person's, or the one made here.
pub(crate) fn data(folder: &Path, options: &Options) -> Result<PathBuf> {
    let data = folder.join("data/input");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|error| cannot("remove", &data, &error))?;
    }
    create_folder(&data)?;
    let tree = match &options.corpus {
        Some(given) => {
            let given = fs::canonicalize(given).map_err(|error| cannot("open", given, &error))?;
            std::os::unix::fs::symlink(&given, data.join(TREE)).map_err(|error| cannot("link", &given, &error))?;
            tree::describe(&data, TREE)?
        }
        None => tree::write(&data, TREE, &corpus::make(options.seed))?,
    };
    let dataset = Id::new("agent_corpus")?;
    let manifest = DataManifest {
        schema_version: SCHEMA_VERSION.to_owned(),
        choice: DatasetChoice::Name(dataset.clone()),
        dataset,
        inputs: Vec::new(),
        splits: Vec::new(),
        tree: Some(tree),
        weights: None,
        rows: 0,
        columns: 0,
        source: Source::default(),
    };
    document::write(&data.join("manifest.json"), &manifest)?;
    Ok(data)
}

impl Bench<'_> {
    /// Whatever goes wrong is the run's failure: the others go on.
    pub(crate) fn run(&self, server: &Server, arm: &Arm, round: u32, tokens: i32) -> Run {
        let mut run = Run {
            implementation: arm.program.name.clone(),
            configuration: arm.configuration.name,
            phase: arm.phase,
            round,
            failure: None,
            wall_s: 0.0,
            startup_ms: None,
            rss_peak_mb: 0.0,
            calls: Vec::new(),
        };
        let prepared = if arm.phase == Phase::Cold { server.at.unload() } else { server.at.load() };
        let done = prepared.and_then(|()| self.start(server, arm, tokens, &mut run).map_err(|error| error.to_string()));
        run.failure = done.err().map(|why| visible(&why));
        run
    }

    fn start(&self, server: &Server, arm: &Arm, tokens: i32, run: &mut Run) -> Result<()> {
        let name = format!("{}_{}_{}_{:03}", run.implementation, run.configuration, run.phase.name(), run.round);
        let out = self.folder.join("data/runs").join(name);
        if out.exists() {
            fs::remove_dir_all(&out).map_err(|error| cannot("remove", &out, &error))?;
        }
        create_folder(&out)?;
        document::write(&out.join("params.json"), &params(arm, tokens)?)?;
        let mut command = Command::new(&arm.program.argv[0]);
        command.args(&arm.program.argv[1..]).arg("--params").arg(out.join("params.json"));
        command.arg("--data").arg(self.data).arg("--out").arg(&out).args(["--seed", &self.seed.to_string()]);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.env("PYTHONPATH", self.root.join("crates/task/python")).env("PYTHONNOUSERSITE", "1");
        command.env("FERROBENCH_LLM_URL", server.at.url.to_string()).env("FERROBENCH_LLM_MODEL", &server.at.model);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let spawn_ns = now_ns();
        let mut child = command.spawn().map_err(|error| cannot("start", Path::new(&arm.program.argv[0]), &error))?;
        run.rss_peak_mb = watch(&mut child)? as f64 / 1e6;
        run.wall_s = (now_ns() - spawn_ns) as f64 / 1e9;
        let outcome: Outcome = document::read(&out.join("outcome.json"))
            .map_err(|_| Fault::new(&run.implementation, "left no outcome: it refused its input or was killed"))?;
        let first = outcome.marks.iter().find(|mark| mark.name == MarkName::Load);
        run.startup_ms = first.map(|mark| mark.start_ns.saturating_sub(spawn_ns) as f64 / 1e6);
        if let Some(reason) = outcome.reason {
            anyhow::bail!("{reason}");
        }
        run.calls = calls(&out)?;
        Ok(())
    }
}

fn params(arm: &Arm, tokens: i32) -> Result<Params> {
    let mut parameters = arm.configuration.parameters.clone();
    parameters.num_predict = tokens;
    let hyperparameters = serde_json::to_value(parameters)?.as_object().cloned().unwrap_or_default();
    Ok(Params {
        protocol: PROTOCOL.to_owned(),
        run_id: "agent".to_owned(),
        task: Id::new("ollama_agent")?,
        algorithm: Id::new("analysis_report")?,
        hyperparameters,
        dataset: Id::new("agent_corpus")?,
        split: Id::new("none")?,
        device: Device::Cpu,
        threads: 1,
        mode: Mode::Cold,
        warmup: 0,
        iterations: 1,
        work: ollama_agent::task().marks.iter().filter(|mark| mark.work).map(|mark| mark.name).collect(),
        capture: Capture::Full,
        slow_percent: 0,
    })
}

/// Waits for the process and gives its own high-water mark of memory, in bytes.
fn watch(child: &mut Child) -> Result<u64> {
    let began = Instant::now();
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        if began.elapsed() > DEADLINE {
            let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(peak)
}

fn calls(out: &Path) -> Result<Vec<Call>> {
    let read = |name: &str| {
        let path = out.join(format!("outputs/{name}.jsonl"));
        fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))
    };
    let (timings, exchanges) = (read("timings")?, read("exchanges")?);
    timings
        .lines()
        .zip(exchanges.lines())
        .map(|(timing, exchanged)| -> Result<Call> {
            let (mut call, exchanged): (Call, Exchanged) =
                (serde_json::from_str(timing)?, serde_json::from_str(exchanged)?);
            // A word is at least one token: fewer evaluated than words were certainly cut off.
            let words = exchanged.prompt.split_whitespace().count() as u64;
            call.prompt_truncated = exchanged.prompt_eval_count.is_some_and(|count| count < words);
            call.done_reason = exchanged.done_reason;
            Ok(call)
        })
        .collect()
}

impl Call {
    pub(crate) fn ttft_ms(&self) -> Option<f64> {
        Some(self.token_ns.first()?.saturating_sub(self.sent_ns) as f64 / 1e6)
    }

    /// The whole call without what the server says it took itself.
    pub(crate) fn client_ms(&self) -> Option<f64> {
        let whole = self.done_ns.saturating_sub(self.started_ns);
        Some(whole.saturating_sub(self.server.total_duration?) as f64 / 1e6)
    }
}

impl Run {
    pub(crate) fn seconds_a_token(&self) -> Option<f64> {
        let (tokens, ns) = self.calls.iter().fold((0, 0), |(tokens, ns), call| {
            (tokens + call.server.eval_count.unwrap_or(0), ns + call.server.eval_duration.unwrap_or(0))
        });
        (tokens > 0).then(|| ns as f64 / 1e9 / tokens as f64)
    }

    pub(crate) fn in_words(&self) -> String {
        let what = format!("run {}: {} {} {}", self.round, self.implementation, self.configuration, self.phase.name());
        if let Some(failure) = &self.failure {
            return format!("{what} failed: {failure}");
        }
        let ttft = self.calls.first().and_then(Call::ttft_ms).map_or("none".to_owned(), |ms| format!("{ms:.1} ms"));
        let rate = self.seconds_a_token().map_or("unknown".to_owned(), |seconds| format!("{:.1}", 1.0 / seconds));
        format!("{what}: {:.2} s, first token after {ttft}, {rate} tokens/s, {:.1} MB", self.wall_s, self.rss_peak_mb)
    }
}
