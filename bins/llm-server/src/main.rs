//! An LLM server on loopback: a model of its own making or a scripted one, behind Ollama's and
//! `OpenAI`'s HTTP interfaces.

mod answer;
mod backend;
mod clock;
mod command_line;
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
    let options = command_line::CommandLine::parse();
    match server::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => schema::fault::exit_code(Err(error.reallocate_into_boxed_dyn_error_without_backtrace())),
    }
}
