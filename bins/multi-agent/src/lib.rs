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
use schema::describe::{built_with, id};
use schema::mark::MarkName;
use schema::task::{Algorithm, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};
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
        outputs: vec![OutputSpec::lines("exchanges"), OutputSpec::lines("timings")],
        metrics: METRICS.map(|name| MetricUse::from(name, "timings")).into(),
        parity: vec![parity()],
        smoke: SmokeCase::warm("agent_corpus", 2, 240),
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    built_with(&FEATURES)
}

/// A cold run has no `sequential`: after it, or before it, the other would find the models loaded.
fn marks() -> Vec<MarkSpec> {
    vec![
        MarkSpec::once(MarkName::Load),
        MarkSpec::once(MarkName::Setup),
        MarkSpec { required: false, ..MarkSpec::shown(MarkName::Sequential) },
        MarkSpec::work(MarkName::Concurrent),
    ]
}

fn parity() -> ParityRule {
    ParityRule::new(
        "agent_prompts",
        "exchanges",
        (0.0, 0.0),
        "the agents did the same work when they sent the same bytes: each analysis prompt is made from the same \
         files, and each report prompt from the template and the model's own analysis",
    )
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
