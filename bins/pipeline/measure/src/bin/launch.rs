//! Starts one run and guards it: see `measure::launcher`. Started by `measure` only.

use std::process::ExitCode;

use measure::launch::Order;
use measure::launcher;

fn main() -> ExitCode {
    schema::fault::exit_code(run())
}

fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let order = Order::from_arguments(std::env::args_os().skip(1))?;
    Ok(launcher::main(&order)?)
}
