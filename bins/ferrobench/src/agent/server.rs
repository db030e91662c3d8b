//! The model's server: a real one that was named, checked before anything is built, or the embedded one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Result;
use llm::model_server::{self, ModelServer, OLLAMA};
use schema::fault::Fault;
use schema::files::{create_folder, state_folder};
use serde::Deserialize;

use super::{Options, programs};

/// What the embedded server runs: small enough to answer at once on any machine.
const SHAPE: &str = "llama-tiny";
pub(crate) struct Server {
    pub(crate) at: ModelServer,
    /// Started here, and ended with this.
    child: Option<Child>,
}

/// What the embedded server says of itself once it listens.
#[derive(Deserialize)]
struct Ready {
    url: String,
    model: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn find(root: &Path, options: &Options) -> Result<Server> {
    if options.model.is_none() && options.base_url.is_none() {
        return embedded(root);
    }
    let url = options.base_url.as_deref().unwrap_or(OLLAMA);
    let names = model_server::Options { url: "--base-url", model: "--model" };
    Ok(Server { at: ModelServer::find(url, options.model.as_deref(), names)?, child: None })
}

/// llm-server with a model that is forged once.
fn embedded(root: &Path) -> Result<Server> {
    let program = programs::rust(root, "llm-server", "llm-server", None, &mut |line: &str| eprintln!("{line}"))?;
    let model = state_folder(root).join("models").join(SHAPE);
    if !model.join("config.json").is_file() {
        create_folder(model.parent().unwrap_or(root))?;
        let forge =
            Command::new(&program).args(["forge", "--shape", SHAPE, "--seed", "7", "--out"]).arg(&model).status()?;
        if !forge.success() {
            return Err(Fault::new(model.display().to_string(), "llm-server could not forge the model").into());
        }
    }
    let mut server = Command::new(program);
    server.arg("--model").arg(format!("{SHAPE}={}", model.display())).arg("--end-with-stdin");
    let mut child = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let ready: Ready =
        serde_json::from_str(&line).map_err(|_| Fault::new("llm-server", "ended before it was ready"))?;
    let at = ModelServer { url: ready.url.parse()?, model: ready.model, version: "embedded".to_owned() };
    Ok(Server { at, child: Some(child) })
}

impl Server {
    pub(crate) fn is_embedded(&self) -> bool {
        self.child.is_some()
    }

    pub(crate) fn in_words(&self) -> String {
        let ModelServer { url, model, version } = &self.at;
        if self.is_embedded() {
            return format!("embedded server, model {model}; your own Ollama: ferrobench agent --model NAME");
        }
        format!("server {url} (version {version}), model {model}")
    }
}
