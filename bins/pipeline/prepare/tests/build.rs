//! `prepare build` as a process, with the real cargo on a workspace of its own.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use schema::document;
use schema::implementation::{Implementation, ImplementationFacts};
use serde_json::{Value, json};

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn describe(implementation: &str, language: &str) -> String {
    json!({"protocol": schema::PROTOCOL, "implementation": implementation, "class": "library", "task": "t",
        "framework": "none", "framework_version": "1", "language": language, "algorithms": ["linear"],
        "devices": ["cpu"], "modes": ["warm"], "requires": [], "threads_env": [],
        "build": {"profile": "PROFILE", "target_cpu": "CPU", "features": [implementation], "kernels": []}})
    .to_string()
}

/// A workspace with the task `t` and its implementation `t_x`, which needs no other package.
fn workspace(body: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    let at = root.path();
    write(
        at,
        "Cargo.toml",
        "[workspace]\nmembers = [\"bins/t\"]\nresolver = \"3\"\n\n[profile.ci]\ninherits = \"dev\"\n",
    );
    write(at, "Cargo.lock", "version = 4\n\n[[package]]\nname = \"t\"\nversion = \"0.1.0\"\n");
    write(
        at,
        "bins/t/Cargo.toml",
        "[package]\nname = \"t\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[features]\nt_x = []\n\n[[bin]]\nname = \"t_x\"\nrequired-features = [\"t_x\"]\n",
    );
    write(at, "bins/t/src/bin/t_x.rs", body);
    root
}

/// Prints its description, with what the build told it.
fn honest() -> String {
    let text = describe("t_x", "rust");
    format!(
        "//! An implementation.\n\nconst TEXT: &str = r#\"{text}\"#;\n\n// Prints.\nfn main() {{\n    let text = \
         TEXT.replace(\"PROFILE\", env!(\"FERROBENCH_BUILD_PROFILE\"));\n    println!(\"{{}}\", \
         text.replace(\"CPU\", env!(\"FERROBENCH_TARGET_CPU\")));\n}}\n"
    )
}

fn build(root: &Path, language: &str, how: &Value) -> (Implementation, String) {
    let request = root.join("request.json");
    let document = json!({"schema_version": "1.0", "implementation": "t_x", "task": "t", "language": language,
        "how": how, "source_digest": "s"});
    fs::write(&request, document.to_string()).expect("written");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("prepare"));
    command.args(["build", "--root"]).arg(root).arg("--request").arg(&request).arg("--out").arg(root.join("out"));
    command.env_remove("FERROBENCH_CARGO_TARGET").env_remove("CARGO_TARGET_DIR");
    let output = command.output().expect("started");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    assert!(output.stdout.is_empty());
    (document::read(&root.join("out/t_x.json")).expect("the document"), stderr)
}

fn cargo() -> Value {
    json!({"by": "cargo", "package": "t", "profile": "ci", "target_cpu": "native"})
}

#[test]
fn a_rust_implementation_is_built_stored_asked_and_counted() {
    let root = workspace(&honest());
    let (built, stderr) = build(root.path(), "rust", &cargo());
    assert_eq!(built.problem, None, "{stderr}");
    let stored = &built.files[0];
    assert_eq!(stored.path, format!(".ferrobench/executables/{}/t_x", &stored.sha256[..16]));
    let executable = root.path().join(&stored.path);
    assert_eq!(built.argv, [fs::canonicalize(&executable).expect("there").display().to_string()]);
    assert_eq!(schema::digest::of_file(&executable).expect("read"), stored.sha256);
    let described = built.describe.expect("described");
    assert_eq!((described.build.profile.as_str(), described.build.target_cpu.as_str()), ("ci", "native"));
    let expected = ImplementationFacts {
        build_ms: built.facts.build_ms,
        build_from_nothing: Some(true),
        executable_bytes: Some(fs::metadata(&executable).expect("there").len()),
        environment_bytes: None,
        dependencies: Some(0),
        lines_of_code: Some(5),
        kernel_lines_of_code: Some(0),
    };
    assert_eq!(built.facts, expected);
    assert!(built.facts.build_ms.is_some_and(|ms| ms > 0));
    assert!(root.path().join(".ferrobench/target/native-ci").is_dir());

    let (again, _) = build(root.path(), "rust", &cargo());
    assert_eq!(again.facts, built.facts, "the facts are those of the build that made the file");
    assert_eq!(again.files, built.files);
}

#[test]
fn what_does_not_compile_is_left_out_with_the_compilers_words() {
    let root = workspace("fn main() { nothing(); }\n");
    let (built, stderr) = build(root.path(), "rust", &cargo());
    let problem = built.problem.expect("a problem");
    assert!(problem.starts_with("it does not build: error[E0425]: cannot find function `nothing`"), "{problem}");
    assert!(stderr.starts_with("warning: t_x is left out: it does not build"), "{stderr}");
    assert!(built.describe.is_none() && built.argv.is_empty());
    let log = fs::read_to_string(root.path().join("out/t_x.build.log")).expect("the log");
    assert!(log.contains("error[E0425]"));
}

#[test]
fn one_that_is_not_what_was_asked_for_is_left_out() {
    let root = workspace(&honest().replace("\"t_x\"", "\"t_y\""));
    let (built, _) = build(root.path(), "rust", &cargo());
    let problem = built.problem.expect("a problem");
    assert_eq!(problem, "--describe says implementation `t_y` instead of `t_x`, features `t_y` instead of `t_x`");
}

#[test]
fn an_executable_of_the_users_own_is_built_by_its_own_command() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let script = format!("#!/bin/sh\n[ \"$OWN\" = 1 ] && cat <<'END'\n{}\nEND\n", describe("t_x", "other"));
    write(root.path(), "mine/t_x.in", &script);
    let build_it = json!(["sh", "-c", "cp mine/t_x.in mine/t_x && chmod +x mine/t_x"]);
    let how = json!({"by": "command", "argv": ["mine/t_x"], "build": build_it, "env": {"OWN": "1"}});
    let (built, stderr) = build(root.path(), "other", &how);
    assert_eq!(built.problem, None, "{stderr}");
    assert_eq!(built.files[0].path, "mine/t_x");
    assert_eq!(built.env["OWN"], "1");
}

#[test]
fn a_python_script_without_its_environment_is_left_out_with_the_remedy() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let how = json!({"by": "python", "script": "bins/t/src/bin/t_x.py", "env_digest": "0".repeat(64)});
    let (built, _) = build(root.path(), "python", &how);
    assert!(built.problem.is_some_and(|problem| problem.contains("run scripts/setup")));
}
