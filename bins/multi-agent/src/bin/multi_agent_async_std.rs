//! Two agents over hyper on async-std.

use std::process::ExitCode;

use llm::over_hyper::ClientOn;
use multi_agent::runtime::async_std::AsyncStd;
use multi_agent::work;
use schema::implementation::Class;
use task::Program;

const PROGRAM: Program = Program {
    task: multi_agent::task,
    implementation: "multi_agent_async_std",
    class: Class::Tuned,
    framework: "async-std",
    algorithms: &["two_agents"],
    features: multi_agent::features,
    kernels: &[],
    threads_env: &["ASYNC_STD_THREAD_COUNT"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work::<AsyncStd, ClientOn<AsyncStd>>)
}
