//! Prints task.json.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(&multi_agent::task())?;
    writeln!(std::io::stdout().lock(), "{text}")
}
