//! Two agents over hyper on one thread of tokio.

use std::process::ExitCode;

use llm::over_hyper::ClientOn;
use multi_agent::runtime::tokio_localset::{InLocalSet, TokioLocalSet};
use multi_agent::work;
use schema::implementation::Class;
use task::Program;

const PROGRAM: Program = Program {
    task: multi_agent::task,
    implementation: "multi_agent_tokio_localset",
    class: Class::Tuned,
    framework: "tokio",
    algorithms: &["two_agents"],
    features: multi_agent::features,
    kernels: &[],
    threads_env: &[],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work::<TokioLocalSet, ClientOn<InLocalSet>>)
}
