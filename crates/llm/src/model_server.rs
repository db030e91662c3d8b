//! A real server that somebody named: whether it answers and has the model, before anything is measured.

use std::time::Duration;

use schema::fault::{Fault, nearest};
use serde_json::{Value, json};

use crate::ask::{NoAnswer, ask};
use crate::base_url::{BaseUrl, WrongUrl};
use crate::message::{GENERATE, VERSION};

/// Where Ollama listens unless it is told otherwise.
pub const OLLAMA: &str = "http://127.0.0.1:11434";
/// A server that is there answers a question about itself at once.
const PATIENCE: Duration = Duration::from_secs(3);
/// Unloading waits for what the server is doing.
const UNLOAD: Duration = Duration::from_mins(1);
/// A large model comes from a slow disk.
const LOAD: Duration = Duration::from_mins(5);

#[derive(Clone, Debug)]
pub struct ModelServer {
    pub url: BaseUrl,
    pub model: String,
    pub version: String,
}

/// The names by which a person gave the two, for the faults.
#[derive(Clone, Copy)]
pub struct Options {
    pub url: &'static str,
    pub model: &'static str,
}

impl ModelServer {
    /// The server at `url`, which has to answer and to have `model`; its only one where none is named.
    pub fn find(url: &str, model: Option<&str>, options: Options) -> Result<Self, Fault> {
        let url: BaseUrl = url.parse().map_err(|error: WrongUrl| Fault::new(options.url, error.to_string()))?;
        let get =
            |path| ask(&url, "GET", path, b"", PATIENCE).map_err(|why| Fault::new(url.to_string(), in_words(&why)));
        let version = get(VERSION).map_err(|fault| {
            fault.hint(format!("start it with: ollama serve; or name another with {}", options.url))
        })?;
        let version = version["version"].as_str().unwrap_or("unknown").to_owned();
        let model = choose(model, &names(&get("/api/tags")?), options.model)?;
        Ok(Self { url, model, version })
    }

    /// The next call finds no model in memory.
    pub fn unload(&self) -> Result<(), String> {
        self.keep(&json!({"model": self.model, "keep_alive": 0, "stream": false}), UNLOAD)
    }

    /// The next call finds the model in memory.
    pub fn load(&self) -> Result<(), String> {
        self.keep(&json!({"model": self.model, "stream": false}), LOAD)
    }

    /// A request without a prompt loads or unloads, and generates nothing.
    fn keep(&self, request: &Value, patience: Duration) -> Result<(), String> {
        let answer = ask(&self.url, "POST", GENERATE, request.to_string().as_bytes(), patience);
        answer.map(drop).map_err(|why| in_words(&why))
    }

    /// Whether the server has put anything of the model on a GPU; nothing where it does not say.
    pub fn uses_gpu(&self) -> Option<bool> {
        let told = ask(&self.url, "GET", "/api/ps", b"", PATIENCE).ok()?;
        let sizes = told["models"].as_array()?.iter().filter_map(|model| model["size_vram"].as_u64());
        sizes.max().map(|bytes| bytes > 0)
    }
}

fn in_words(why: &NoAnswer) -> String {
    match why {
        NoAnswer::Network(error) => format!("no answer: {error}"),
        said => said.to_string(),
    }
}

fn names(tags: &Value) -> Vec<String> {
    let models = tags["models"].as_array().into_iter().flatten();
    models.filter_map(|model| model["name"].as_str()).map(str::to_owned).collect()
}

/// `gemma3` means `gemma3:latest`, as it does to Ollama.
fn choose(wanted: Option<&str>, there: &[String], option: &str) -> Result<String, Fault> {
    let listed = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    match (wanted, there) {
        (Some(wanted), _) => {
            let full = if wanted.contains(':') { wanted.to_owned() } else { format!("{wanted}:latest") };
            if there.iter().any(|name| *name == full || name == wanted) {
                return Ok(wanted.to_owned());
            }
            let fault = Fault::new(option, format!("the server has no `{wanted}`; it has: {listed}"));
            Err(match nearest(&full, there.iter().map(String::as_str)) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint(format!("get it with: ollama pull {wanted}")),
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Fault::new(option, format!("missing; the server has: {listed}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_as_ollama_finds_it() {
        let there = ["gemma3:latest".to_owned(), "llama3.2:1b".to_owned()];
        let choose = |wanted, there: &[String]| choose(wanted, there, "--model");
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

    #[test]
    fn where_nobody_listens_the_remedy_is_told() {
        let options = Options { url: "--base-url", model: "--model" };
        let fault = ModelServer::find("http://127.0.0.1:9", None, options).expect_err("nobody").to_string();
        assert!(fault.contains("no answer") && fault.contains("ollama serve"), "{fault}");
        let fault = ModelServer::find("https://x", None, options).expect_err("TLS").to_string();
        assert!(fault.starts_with("error: --base-url"), "{fault}");
    }
}
