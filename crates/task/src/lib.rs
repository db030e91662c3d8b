//! The task protocol for implementations in Rust. An implementation says what it is in a
//! [`Program`] and does its work in one function over a [`Run`]; everything else, from flags to
//! exit codes, is here and, line for line, in the Python twin `python/ferrobench_task.py`.
//!
//! A task marks times. It never reports a figure and never scores itself.

mod command_line;
mod data;
mod describe;
mod direct;
mod marks;
mod outcome;
mod output;
mod room;
mod run;
mod table;
mod versions;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use schema::fault::{Fault, Faults};
use schema::implementation::Class;
use schema::task::TaskSpec;

pub use command_line::{Command, ProtocolFlags};
pub use output::Kept;
pub use run::{Inputs, Run};
pub use table::{Fold, Table, Turn};

/// What an implementation is; `--describe` prints it with what is known at build time.
pub struct Program {
    pub task: fn() -> TaskSpec,
    pub implementation: &'static str,
    pub class: Class,
    /// The crate that does the work; its version is Cargo.lock's.
    pub framework: &'static str,
    pub algorithms: &'static [&'static str],
    /// The Cargo features that the package was really built with.
    pub features: fn() -> Vec<&'static str>,
    /// The numeric kernels underneath.
    pub kernels: &'static [&'static str],
    /// The variables that set its number of threads.
    pub threads_env: &'static [&'static str],
}

/// Why a run ends before it is done.
#[derive(Debug)]
pub enum Stop {
    /// Exit code 2: the input is at fault.
    BadInput(Faults),
    /// Exit code 3: it cannot be done on this machine.
    Impossible(String),
    /// Exit code 1: the work itself failed.
    Failed(String),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::BadInput(fault.into())
    }
}

impl From<Faults> for Stop {
    fn from(faults: Faults) -> Self {
        Self::BadInput(faults)
    }
}

/// An implementation's work: load, setup, then each iteration, under marks.
pub type Work = fn(&mut Run) -> Result<(), Stop>;

/// The whole program: an implementation's `main` is one call of this.
pub fn main(program: &Program, work: Work) -> ExitCode {
    let result =
        command_line::parse(program, std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()))
            .and_then(|command| match command {
                Command::Describe => print(&describe::describe(program)),
                Command::Help => print(&command_line::help(program)),
                Command::Protocol(flags) => outcome::conduct(&flags, |run| guarded(work, run), program).map(drop),
                Command::Direct(choice) => direct::conduct(program, &choice, |run| guarded(work, run)),
            });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::BadInput(faults)) => {
            eprintln!("{faults}");
            ExitCode::from(2)
        }
        Err(Stop::Impossible(reason)) => {
            eprintln!("error: not possible here: {}", schema::fault::visible(&reason));
            ExitCode::from(3)
        }
        Err(Stop::Failed(reason)) => {
            eprintln!("error: {}", schema::fault::visible(&reason));
            ExitCode::FAILURE
        }
    }
}

/// A panic in a framework is a failed run with one line, not a backtrace.
fn guarded(work: Work, run: &mut Run) -> Result<(), Stop> {
    std::panic::set_hook(Box::new(|_| ()));
    catch_unwind(AssertUnwindSafe(|| work(run))).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without a message");
        Err(Stop::Failed(format!("panicked: {message}")))
    })
}

fn print(text: &str) -> Result<(), Stop> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Stop::Failed(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
