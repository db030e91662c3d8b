//! One LLM agent: what the task is, once, for all languages. Framework-free.

#[cfg(feature = "corpus")]
pub mod corpus;
pub mod prompts;
#[cfg(any(feature = "ollama_agent_reqwest", feature = "ollama_agent_hyper"))]
pub mod workflow;

use llm::message::Options;
use schema::describe::{built_with, id};
use schema::mark::MarkName;
use schema::task::{Algorithm, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From what the calls leave in `timings`.
const TIMED: [&str; 8] = [
    "ttft",
    "client_time",
    "inter_token_time",
    "tokens_per_s",
    "token_time",
    "load_time",
    "prefill_time",
    "output_tokens",
];

/// Hyperparameters of `analysis_report`. An option that is null is left to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnalysisReport {
    /// The model to ask; null: the one that the backend was started with.
    pub model: Option<String>,
    /// The report is written from a fixed analysis, so that both prompts are equal whatever the model says.
    pub canned_analysis: bool,
    /// Length of the context in tokens.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub num_ctx: Option<u32>,
    /// Layers to put on the GPU; of no effect where the server has none.
    #[schemars(range(min = -1, max = 1024))]
    pub num_gpu: Option<i32>,
    /// Tokens of each answer at most.
    #[schemars(range(min = 1, max = 65536))]
    pub num_predict: i32,
    /// Penalty for repeated tokens.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub repeat_penalty: Option<f64>,
    /// Sampling temperature; 0 takes the likeliest token.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub temperature: Option<f64>,
    /// Sample among this many of the likeliest tokens.
    #[schemars(range(min = 0, max = 1_048_576))]
    pub top_k: Option<u32>,
    /// Sample among the likeliest tokens that together have this probability.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f64>,
    /// Seconds until the first byte of an answer; a cold server loads its model meanwhile.
    #[schemars(range(min = 0.05, max = 3600.0))]
    pub first_byte_s: f64,
    /// Seconds between two pieces of an answer.
    #[schemars(range(min = 0.05, max = 3600.0))]
    pub idle_s: f64,
    /// Seconds for a whole answer.
    #[schemars(range(min = 0.05, max = 86400.0))]
    pub total_s: f64,
}

impl Default for AnalysisReport {
    fn default() -> Self {
        Self {
            model: None,
            canned_analysis: false,
            num_ctx: None,
            num_gpu: None,
            num_predict: 128,
            repeat_penalty: None,
            temperature: None,
            top_k: None,
            top_p: None,
            first_byte_s: 300.0,
            idle_s: 60.0,
            total_s: 900.0,
        }
    }
}

impl AnalysisReport {
    /// What the server is told. Its own seeds have 32 bits at most.
    pub fn options(&self, seed: u64) -> Options {
        Options {
            num_ctx: self.num_ctx,
            num_gpu: self.num_gpu,
            num_predict: Some(self.num_predict),
            repeat_penalty: self.repeat_penalty,
            seed: Some((seed % (1 << 31)) as u32),
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
        }
    }
}

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("ollama_agent"),
        summary: "An LLM agent: scanning and reading a tree of files, and two streamed calls to a model".to_owned(),
        domain: id("agents"),
        algorithms: [(id("analysis_report"), analysis_report())].into(),
        datasets: vec![id("agent_corpus")],
        split: None,
        services: vec![id("llm")],
        marks: marks(),
        outputs: outputs(),
        metrics: metrics(),
        parity: parity(),
        smoke: SmokeCase::warm("agent_corpus", 2, 300),
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    built_with(&[
        ("ollama_agent_hyper", cfg!(feature = "ollama_agent_hyper")),
        ("ollama_agent_reqwest", cfg!(feature = "ollama_agent_reqwest")),
    ])
}

fn analysis_report() -> Algorithm {
    Algorithm::of::<AnalysisReport>("Read the files, have them analysed, have a report written from the analysis")
}

/// The whole of an agent's round is its work: who calls a model waits for it.
fn marks() -> Vec<MarkSpec> {
    vec![
        MarkSpec::once(MarkName::Load),
        MarkSpec::once(MarkName::Setup),
        MarkSpec::work(MarkName::Scan),
        MarkSpec::work(MarkName::Ingest),
        MarkSpec::work(MarkName::Summarise),
        MarkSpec::work(MarkName::Analysis),
        MarkSpec::work(MarkName::Report),
    ]
}

fn outputs() -> Vec<OutputSpec> {
    vec![OutputSpec::lines("exchanges"), OutputSpec::lines("timings")]
}

fn metrics() -> Vec<MetricUse> {
    let timed = TIMED.map(|name| MetricUse::from(name, "timings"));
    timed.into_iter().chain([MetricUse::from("prompts_truncated", "exchanges")]).collect()
}

fn parity() -> Vec<ParityRule> {
    vec![ParityRule::new(
        "agent_prompts",
        "exchanges",
        (0.0, 0.0),
        "the agents did the same work when they sent the same bytes: the analysis prompt is made from the same \
         files, and the report prompt from the template and the model's own analysis",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let text = serde_json::to_vec(&task()).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        let parameters = &read.algorithms[&id("analysis_report")].parameters;
        let filled = schema::defaults::fill(parameters, &serde_json::Map::new()).expect("defaults");
        let typed: AnalysisReport = serde_json::from_value(filled.into()).expect("every parameter");
        assert_eq!(typed, AnalysisReport::default());
    }

    #[test]
    fn the_servers_seed_has_31_bits() {
        assert_eq!(AnalysisReport::default().options(u64::MAX).seed, Some(0x7fff_ffff));
    }
}
