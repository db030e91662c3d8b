//! Writes the table of locked package versions and the compiler's own: a version is read, never typed.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let lock = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = fs::read_to_string(&lock).expect("the workspace has a Cargo.lock");
    let mut table = String::from("&[\n");
    let mut name = "";
    for line in text.lines() {
        if let Some(value) = value_of(line, "name") {
            name = value;
        } else if let Some(version) = value_of(line, "version").filter(|_| !name.is_empty()) {
            writeln!(table, "    ({name:?}, {version:?}),").expect("writing to a string does not fail");
            name = "";
        }
    }
    table.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("locked_versions.rs");
    fs::write(out, table).expect("OUT_DIR is writable");
    println!("cargo::rustc-env=FERROBENCH_RUSTC_VERSION={}", rustc_version());
}

/// `key = "value"`, as Cargo writes it.
fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
}

/// `1.95.0` of `rustc 1.95.0 (…)`.
fn rustc_version() -> String {
    let rustc = env::var_os("RUSTC").expect("set by cargo");
    let output = Command::new(rustc).arg("--version").output().expect("cargo's own compiler runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().nth(1).expect("rustc tells its version").to_owned()
}
