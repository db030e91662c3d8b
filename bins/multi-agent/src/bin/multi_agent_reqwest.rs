//! Two agents over reqwest and tokio, as their documentation uses them.

use std::process::ExitCode;

use llm::over_reqwest::Client;
use multi_agent::runtime::tokio_threads::TokioThreads;
use multi_agent::work;
use schema::implementation::Class;
use task::Program;

const PROGRAM: Program = Program {
    task: multi_agent::task,
    implementation: "multi_agent_reqwest",
    class: Class::Library,
    framework: "reqwest",
    algorithms: &["two_agents"],
    features: multi_agent::features,
    kernels: &[],
    threads_env: &["TOKIO_WORKER_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work::<TokioThreads, Client>)
}
