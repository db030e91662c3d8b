//! Two agents over hyper on tokio's default scheduler.

use std::process::ExitCode;

use llm::over_hyper::Client;
use multi_agent::runtime::tokio_threads::TokioThreads;
use multi_agent::work;
use schema::implementation::Class;
use task::Program;

const PROGRAM: Program = Program {
    task: multi_agent::task,
    implementation: "multi_agent_tokio_default",
    class: Class::Tuned,
    framework: "tokio",
    algorithms: &["two_agents"],
    features: multi_agent::features,
    kernels: &[],
    threads_env: &["TOKIO_WORKER_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work::<TokioThreads, Client>)
}
