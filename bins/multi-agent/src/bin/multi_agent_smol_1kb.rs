//! Two agents over hyper on smol, reading 1 KiB at a time.

use std::process::ExitCode;

use llm::over_hyper::ClientOn;
use multi_agent::runtime::smol::Smol;
use multi_agent::work;
use schema::implementation::Class;
use task::Program;

const PROGRAM: Program = Program {
    task: multi_agent::task,
    implementation: "multi_agent_smol_1kb",
    class: Class::Tuned,
    framework: "smol",
    algorithms: &["two_agents"],
    features: multi_agent::features,
    kernels: &[],
    threads_env: &["SMOL_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work::<Smol<1024>, ClientOn<Smol<1024>>>)
}
