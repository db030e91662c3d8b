//! Stands for a model's server that is not started here, as a service of a block: it has the model unloaded,
//! says where the server is, and ends when its standard input is closed.
//!
//! Unloading is all that a cold run needs, before which a service is started anew; a warm cell loads the model
//! in its warm-up.

use std::io::{Read, Write};
use std::process::ExitCode;

use clap::Parser;
use llm::model_server::{ModelServer, Options};
use schema::fault::{Fault, exit_code};
use serde_json::json;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Stands for a server that runs already.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[arg(long)]
    url: String,
    #[arg(long)]
    model: String,
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let names = Options { url: "--ollama_url", model: "--model" };
    let server = ModelServer::find(&arguments.url, Some(&arguments.model), names)?;
    server.unload().map_err(|why| Fault::new(server.url.to_string(), format!("cannot unload the model: {why}")))?;
    let ready = json!({"url": server.url.to_string(), "model": server.model, "elsewhere": true});
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ready}").and_then(|()| out.flush())?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
