//! Two LLM agents at once against two servers: what the task is, once, for all languages.

#[cfg(feature = "work")]
mod agent;
#[cfg(feature = "work")]
mod outputs;
#[cfg(feature = "work")]
pub mod runtime;
mod settings;
#[cfg(feature = "work")]
mod workflow;

#[cfg(feature = "work")]
pub use agent::Session;
use schema::config::DatasetChoice;
use schema::id::Id;
use schema::mark::MarkName;
use schema::params::Mode;
use schema::task::{Algorithm, MarkSpec, MetricUse, OutputKind, OutputSpec, ParityRule, SmokeCase, TaskSpec};
pub use settings::{Scenario, TwoAgents};
#[cfg(feature = "work")]
pub use workflow::work;

/// From what the agents' rounds leave in `timings`.
const METRICS: [&str; 9] = [
    "concurrency_speedup",
    "parallel_efficiency",
    "overlap",
    "contention_events",
    "contention_rate",
    "ttft_inflation",
    "ttft_delta",
    "throughput_delta",
    "start_skew",
];

const FEATURES: [(&str, bool); 6] = [
    ("multi_agent_async_std", cfg!(feature = "multi_agent_async_std")),
    ("multi_agent_reqwest", cfg!(feature = "multi_agent_reqwest")),
    ("multi_agent_smol", cfg!(feature = "multi_agent_smol")),
    ("multi_agent_smol_1kb", cfg!(feature = "multi_agent_smol_1kb")),
    ("multi_agent_tokio_default", cfg!(feature = "multi_agent_tokio_default")),
    ("multi_agent_tokio_localset", cfg!(feature = "multi_agent_tokio_localset")),
];

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("multi_agent"),
        summary: "Two LLM agents against two servers, one after another and at once".to_owned(),
        domain: id("agents"),
        algorithms: [(
            id("two_agents"),
            Algorithm::of::<TwoAgents>(
                "Each agent reads the files, has them analysed, has a report written; then both at once",
            ),
        )]
        .into(),
        datasets: vec![id("agent_corpus")],
        split: None,
        services: vec![id("llm"), id("llm_2")],
        marks: marks(),
        outputs: vec![lines("exchanges"), lines("timings")],
        metrics: METRICS.map(metric).into(),
        parity: vec![parity()],
        smoke: SmokeCase {
            dataset: DatasetChoice::Name(id("agent_corpus")),
            mode: Mode::Warm,
            warmup: 1,
            iterations: 2,
            timeout_s: 240,
        },
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    FEATURES.into_iter().filter_map(|(name, enabled)| enabled.then_some(name)).collect()
}

/// A cold run has no `sequential`: after it, or before it, the other would find the models loaded.
fn marks() -> Vec<MarkSpec> {
    let mark = |name, required, repeats, work| MarkSpec { name, required, repeats, work };
    vec![
        mark(MarkName::Load, true, false, false),
        mark(MarkName::Setup, true, false, false),
        mark(MarkName::Sequential, false, true, false),
        mark(MarkName::Concurrent, true, true, true),
    ]
}

fn lines(name: &str) -> OutputSpec {
    OutputSpec { name: id(name), kind: OutputKind::Jsonl, dtype: None, shape: Vec::new(), algorithms: Vec::new() }
}

fn metric(name: &str) -> MetricUse {
    MetricUse { id: id(name), output: id("timings"), target: None, algorithms: Vec::new() }
}

fn parity() -> ParityRule {
    ParityRule {
        algorithms: Vec::new(),
        output: id("exchanges"),
        rule: id("agent_prompts"),
        rtol: 0.0,
        atol: 0.0,
        because: "the agents did the same work when they sent the same bytes: each analysis prompt is made from the \
                  same files, and each report prompt from the template and the model's own analysis"
            .to_owned(),
    }
}

fn id(text: &str) -> Id {
    Id::new(text).expect("the names in this file are ids")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let text = serde_json::to_vec(&task()).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        let parameters = &read.algorithms[&id("two_agents")].parameters;
        let filled = schema::defaults::fill(parameters, &serde_json::Map::new()).expect("defaults");
        let typed: TwoAgents = serde_json::from_value(filled.into()).expect("every parameter");
        assert_eq!(typed, TwoAgents::default());
    }
}
