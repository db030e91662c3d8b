//! The `ollama` and `openai` clients of `PyPI`, as they are, against a forged model.

use std::path::Path;
use std::process::Command;

use crate::engine::with_model;

#[test]
fn the_published_clients_work_unchanged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let environment = Command::new(root.join("scripts/environment")).arg("agents").output().expect("run");
    assert!(environment.status.success(), "{}", String::from_utf8_lossy(&environment.stderr));
    let python = Path::new(String::from_utf8_lossy(&environment.stdout).trim()).join("bin/python");
    let server = with_model("llama-tiny", &[]);
    let script = root.join("bins/llm-server/tests/clients.py");
    let output = Command::new(python).arg(script).arg(server.url()).arg("tiny").output().expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
