//! The model's server: a real one that was named, checked before anything is built, or the embedded one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use llm::base_url::BaseUrl;
use llm::limits::Limits;
use llm::over_hyper::Client;
use schema::fault::{Fault, nearest};
use schema::files::{create_folder, state_folder};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::{Options, programs};

const OLLAMA: &str = "http://127.0.0.1:11434";
/// What the embedded server runs: small enough to answer at once on any machine.
const SHAPE: &str = "llama-tiny";
/// A server that is there answers a question about itself at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// Unloading waits for what the server is doing.
const UNLOAD: Duration = Duration::from_mins(1);

pub(crate) struct Server {
    pub(crate) url: BaseUrl,
    pub(crate) model: String,
    pub(crate) version: String,
    /// Started here, and ended with this.
    child: Option<Child>,
    runtime: Runtime,
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
    let url: BaseUrl =
        url.parse().map_err(|error: llm::base_url::WrongUrl| Fault::new("--base-url", error.to_string()))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let version = ask(&runtime, &url, "GET", "/api/version", Vec::new(), PATIENCE).map_err(|why| {
        Fault::new(url.to_string(), why).hint("start it with: ollama serve; or name another with --base-url")
    })?;
    let version = version["version"].as_str().unwrap_or("unknown").to_owned();
    let tags = ask(&runtime, &url, "GET", "/api/tags", Vec::new(), PATIENCE)
        .map_err(|why| Fault::new(url.to_string(), why))?;
    let model = choose(options.model.as_deref(), &names(&tags))?;
    Ok(Server { url, model, version, child: None, runtime })
}

fn names(tags: &Value) -> Vec<String> {
    let models = tags["models"].as_array().into_iter().flatten();
    models.filter_map(|model| model["name"].as_str()).map(str::to_owned).collect()
}

/// `gemma3` means `gemma3:latest`, as it does to Ollama.
fn choose(wanted: Option<&str>, there: &[String]) -> Result<String, Fault> {
    let listed = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    match (wanted, there) {
        (Some(wanted), _) => {
            let full = if wanted.contains(':') { wanted.to_owned() } else { format!("{wanted}:latest") };
            if there.iter().any(|name| *name == full || name == wanted) {
                return Ok(wanted.to_owned());
            }
            let fault = Fault::new("--model", format!("the server has no `{wanted}`; it has: {listed}"));
            Err(match nearest(&full, there.iter().map(String::as_str)) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint(format!("get it with: ollama pull {wanted}")),
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Fault::new("--model", format!("missing; the server has: {listed}"))),
    }
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
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(Server {
        url: ready.url.parse()?,
        model: ready.model,
        version: "embedded".to_owned(),
        child: Some(child),
        runtime,
    })
}

fn ask(
    runtime: &Runtime,
    url: &BaseUrl,
    method: &str,
    path: &str,
    body: Vec<u8>,
    patience: Duration,
) -> Result<Value, String> {
    let limits = Limits { first_byte: patience, idle: patience, total: patience, ..Limits::default() };
    let mut client = Client::new(url.clone(), limits);
    let (status, body) = runtime.block_on(client.ask(method, path, body)).map_err(|failure| failure.to_string())?;
    if status != 200 {
        return Err(format!("answers {path} with status {status}"));
    }
    serde_json::from_slice(&body).map_err(|_| format!("answers {path} with no JSON"))
}

impl Server {
    pub(crate) fn is_embedded(&self) -> bool {
        self.child.is_some()
    }

    pub(crate) fn in_words(&self) -> String {
        if self.is_embedded() {
            return format!("embedded server, model {}; your own Ollama: ferrobench agent --model NAME", self.model);
        }
        format!("server {} (version {}), model {}", self.url, self.version, self.model)
    }

    /// The next call finds no model in memory.
    pub(crate) fn unload(&self) -> Result<(), String> {
        let body = json!({"model": self.model, "keep_alive": 0}).to_string().into_bytes();
        ask(&self.runtime, &self.url, "POST", "/api/generate", body, UNLOAD).map(drop)
    }

    /// The next call finds the model in memory.
    pub(crate) fn load(&self) -> Result<(), String> {
        let body = json!({"model": self.model}).to_string().into_bytes();
        ask(&self.runtime, &self.url, "POST", "/api/generate", body, Duration::from_mins(5)).map(drop)
    }

    /// Whether the server has put anything of the model on a GPU; nothing where it does not say.
    pub(crate) fn uses_gpu(&self) -> Option<bool> {
        let told = ask(&self.runtime, &self.url, "GET", "/api/ps", Vec::new(), PATIENCE).ok()?;
        let sizes = told["models"].as_array()?.iter().filter_map(|model| model["size_vram"].as_u64());
        sizes.max().map(|bytes| bytes > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_as_ollama_finds_it() {
        let there = ["gemma3:latest".to_owned(), "llama3.2:1b".to_owned()];
        assert_eq!(choose(Some("gemma3"), &there), Ok("gemma3".to_owned()));
        assert_eq!(choose(Some("llama3.2:1b"), &there), Ok("llama3.2:1b".to_owned()));
        let misspelt = choose(Some("gema3"), &there).expect_err("not there").to_string();
        assert!(
            misspelt.contains("it has: gemma3:latest, llama3.2:1b")
                && misspelt.contains("did you mean `gemma3:latest`?")
        );
        assert!(choose(Some("qwen"), &[]).expect_err("not there").to_string().contains("ollama pull qwen"));
        assert_eq!(choose(None, &there[..1]), Ok("gemma3:latest".to_owned()));
        assert!(choose(None, &there).is_err());
    }
}
