//! The agent's round, the same for every way of talking to the server: scan, ingest, summarise,
//! have it analysed, have it reported.

use std::env;

use llm::base_url::BaseUrl;
use llm::call::Call;
use llm::failure::Failure;
use llm::kept::{self, Exchanged, Timed};
use llm::limits::Limits;
use llm::message::Generate;
use schema::fault::Fault;
use schema::mark::MarkName;
use serde::Serialize;
use serde_json::json;
use task::{Run, Stop};

use crate::prompts::Prompts;
use crate::{AnalysisReport, corpus};

/// Where the server is and what model it has: `measure` starts it, or was told where it is.
const URL: &str = "FERROBENCH_LLM_URL";
const MODEL: &str = "FERROBENCH_LLM_MODEL";

/// A way of talking to the server, made ready and used one call at a time.
pub trait Backend: Sized {
    fn connect(base: BaseUrl, limits: Limits) -> Result<Self, Failure>;
    fn version(&mut self) -> Result<String, Failure>;
    fn generate(&mut self, request: &Generate<'_>) -> Result<Call, Failure>;
}

/// A line of the outputs, with its place in the run before it.
#[derive(Serialize)]
struct Of<Kept> {
    iteration: u32,
    /// No warm-up.
    counted: bool,
    #[serde(flatten)]
    kept: Kept,
}

pub fn work<B: Backend>(run: &mut Run) -> Result<(), Stop> {
    let parameters: AnalysisReport = run.hyperparameters()?;
    let (base, model) = backend(&parameters)?;
    let tree = run.mark(MarkName::Load, |inputs| inputs.tree("corpus"))?;
    let setup = run.mark(MarkName::Setup, |_| {
        let mut backend =
            B::connect(base, Limits::of_seconds(parameters.first_byte_s, parameters.idle_s, parameters.total_s))?;
        backend.version().map(|version| (backend, version))
    });
    let (mut backend, version) = setup.map_err(|failure| stopped(run, "setup", &failure))?;
    run.fact("server_version", version);
    run.fact("model", model.as_str());
    let prompts = Prompts::load();
    let options = parameters.options(run.seed());
    let (mut exchanges, mut timings) = (Vec::new(), Vec::new());
    for iteration in run.iterations() {
        let (found, mut skipped) = run.mark_iteration(MarkName::Scan, iteration, || corpus::scan(&tree));
        let facts = run.mark_iteration(MarkName::Ingest, iteration, || corpus::ingest(&found, &mut skipped));
        let prompt = run
            .mark_iteration(MarkName::Summarise, iteration, || prompts.analysis(&corpus::summarise(&facts, &skipped)));
        let request = Generate { model: &model, prompt: &prompt, stream: true, options: &options };
        let analysis = run.mark_iteration(MarkName::Analysis, iteration, || backend.generate(&request));
        let analysis = analysis.map_err(|failure| stopped(run, "analysis", &failure))?;
        let place = (iteration, iteration >= run.params().warmup);
        keep("analysis", place, &prompt, &analysis, &mut exchanges, &mut timings);

        let (prompt, report) = run.mark_iteration(MarkName::Report, iteration, || {
            let canned = parameters.canned_analysis.then(|| prompts.canned_analysis());
            let prompt = prompts.report(canned.as_deref().unwrap_or(&analysis.answer));
            let report =
                backend.generate(&Generate { model: &model, prompt: &prompt, stream: true, options: &options });
            (prompt, report)
        });
        let report = report.map_err(|failure| stopped(run, "report", &failure))?;
        keep("report", place, &prompt, &report, &mut exchanges, &mut timings);
        run.fact("files", facts.len());
        run.fact("left_out", json!(skipped));
    }
    run.lines("exchanges", exchanges);
    run.lines("timings", timings);
    Ok(())
}

fn backend(parameters: &AnalysisReport) -> Result<(BaseUrl, String), Stop> {
    let told = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let missing = |name: &str, what: &str| {
        Fault::new(name, format!("is not set, and {what}")).hint("a study starts a server and sets it; by hand: FERROBENCH_LLM_URL=http://127.0.0.1:11434 FERROBENCH_LLM_MODEL=NAME")
    };
    let url = told(URL).ok_or_else(|| missing(URL, "an agent needs a server"))?;
    let base = url.parse().map_err(|error: llm::base_url::WrongUrl| Fault::new(URL, error.to_string()))?;
    let model = parameters.model.clone().or_else(|| told(MODEL));
    Ok((base, model.ok_or_else(|| missing(MODEL, "`model` is null"))?))
}

fn keep(
    name: &str,
    (iteration, counted): (u32, bool),
    prompt: &str,
    call: &Call,
    exchanges: &mut Vec<u8>,
    timings: &mut Vec<u8>,
) {
    kept::line(exchanges, &Of { iteration, counted, kept: Exchanged::of(name, prompt, call) });
    kept::line(timings, &Of { iteration, counted, kept: Timed::of(name, None, call) });
}

/// A run that did not get its answers is a failed one, whatever had arrived; that stays as a fact.
fn stopped(run: &mut Run, during: &str, failure: &Failure) -> Stop {
    run.fact("failed", json!({"during": during, "class": failure.class, "partial": *failure.partial}));
    Stop::Failed(failure.to_string())
}
