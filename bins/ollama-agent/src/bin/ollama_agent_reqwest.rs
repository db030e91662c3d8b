//! The agent over reqwest and tokio, as their documentation uses them.

use std::process::ExitCode;

use llm::base_url::BaseUrl;
use llm::call::Call;
use llm::failure::{Class, Failure};
use llm::limits::Limits;
use llm::message::Generate;
use llm::over_reqwest::Client;
use ollama_agent::workflow::{Backend, work};
use schema::implementation::Class as Kind;
use task::Program;
use tokio::runtime::{Builder, Runtime};

const PROGRAM: Program = Program {
    task: ollama_agent::task,
    implementation: "ollama_agent_reqwest",
    class: Kind::Library,
    framework: "reqwest",
    algorithms: &["analysis_report"],
    features: ollama_agent::features,
    kernels: &[],
    threads_env: &[],
};

struct Reqwest {
    runtime: Runtime,
    client: Client,
}

impl Backend for Reqwest {
    fn connect(base: BaseUrl, limits: Limits) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Class::ServerUnreachable, error.to_string()))?;
        Ok(Self { runtime, client: Client::new(base, limits)? })
    }

    fn version(&mut self) -> Result<String, Failure> {
        self.runtime.block_on(self.client.version())
    }

    fn generate(&mut self, request: &Generate<'_>) -> Result<Call, Failure> {
        self.runtime.block_on(self.client.generate(request))
    }
}

fn main() -> ExitCode {
    task::main(&PROGRAM, work::<Reqwest>)
}
