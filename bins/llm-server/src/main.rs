//! An LLM server on loopback: a model of its own making or a scripted one, behind Ollama's and
//! `OpenAI`'s HTTP interfaces.

mod answer;
mod backend;
mod clock;
mod command_line;
mod engine;
mod forge;
mod gzip;
mod host;
mod job;
mod keep_alive;
mod ollama;
mod openai;
mod options;
mod pump;
mod residence;
mod route;
mod script;
mod scripted;
mod server;
mod stream;
mod tamper;
mod wire;
mod write_log;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let line = command_line::CommandLine::parse();
    let outcome = match &line.command {
        Some(command_line::Command::Forge(options)) => forge::run(options),
        None => server::run(&line.serve),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => schema::fault::exit_code(Err(error.reallocate_into_boxed_dyn_error_without_backtrace())),
    }
}
