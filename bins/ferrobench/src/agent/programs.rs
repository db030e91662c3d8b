//! The agents' executables, built where they are missing or old: cargo and uv know that themselves.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use schema::fault::{Fault, nearest};
use schema::files::state_folder;
use schema::implementation::{Class, Language};

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) class: Class,
    pub(crate) argv: Vec<String>,
}

const KNOWN: [(&str, Language, Class); 4] = [
    ("ollama_agent_reqwest", Language::Rust, Class::Library),
    ("ollama_agent_httpx", Language::Python, Class::Library),
    ("ollama_agent_hyper", Language::Rust, Class::Tuned),
    ("ollama_agent_aiohttp", Language::Python, Class::Tuned),
];

pub(crate) fn ready(root: &Path, wanted: &[String], say: &mut dyn FnMut(&str)) -> Result<Vec<Program>> {
    for name in wanted {
        if KNOWN.iter().all(|(known, ..)| known != name) {
            let known = KNOWN.map(|(known, ..)| known);
            let fault = Fault::new("--implementations", format!("unknown `{name}`; known: {}", known.join(", ")));
            let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
            return Err(near.into_iter().fold(fault, Fault::hint).into());
        }
    }
    let chosen = KNOWN.into_iter().filter(|(name, ..)| wanted.is_empty() || wanted.iter().any(|word| word == name));
    let mut python = None;
    let mut programs = Vec::new();
    for (name, language, class) in chosen {
        let argv = if language == Language::Rust {
            vec![rust(root, "ollama-agent", name, Some(name), say)?.display().to_string()]
        } else {
            if python.is_none() {
                python = Some(environment(root, say)?);
            }
            let script = root.join(format!("bins/ollama-agent/src/bin/{name}.py"));
            let python = python.as_ref().map_or_else(String::new, |path| path.display().to_string());
            vec![python, "-s".to_owned(), script.display().to_string()]
        };
        programs.push(Program { name: name.to_owned(), language, class, argv });
    }
    Ok(programs)
}

/// Built as a study builds it, in the same folder, so that one finds what the other made.
pub(crate) fn rust(
    root: &Path,
    package: &str,
    name: &str,
    feature: Option<&str>,
    say: &mut dyn FnMut(&str),
) -> Result<PathBuf> {
    let target =
        std::env::var_os("FERROBENCH_CARGO_TARGET").map_or_else(|| state_folder(root).join("target"), PathBuf::from);
    let target = root.join(target).join("native-release");
    say(&format!("building {name} (minutes the first time, a second afterwards)"));
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["build", "--quiet", "--release", "--locked", "--package", package, "--bin", name]);
    if let Some(feature) = feature {
        command.args(["--features", feature]);
    }
    command.env("CARGO_TARGET_DIR", &target).env("CARGO_ENCODED_RUSTFLAGS", flags()).env_remove("RUSTFLAGS");
    command.env("FERROBENCH_BUILD_PROFILE", "release").env("FERROBENCH_TARGET_CPU", "native");
    let status = command.status().map_err(|error| {
        Fault::new("cargo", format!("cannot be started: {error}")).hint("scripts/setup names what is missing")
    })?;
    if !status.success() {
        return Err(Fault::new(name, "does not build; cargo said why above").into());
    }
    Ok(target.join("release").join(name))
}

/// As `prepare build` has them: with others everything would be built again for each of the two.
fn flags() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"))).unwrap_or_default();
    ["-C", "target-cpu=native", &format!("--remap-path-prefix={}=/cargo", home.display())].join("\x1f")
}

/// The interpreter of the locked environment, which is made where it is missing.
fn environment(root: &Path, say: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    say("the Python packages of the agents (10 s the first time)");
    let made = Command::new(root.join("scripts/environment")).arg("agents").output();
    let made = made.context("starting scripts/environment")?;
    if !made.status.success() {
        let told = String::from_utf8_lossy(&made.stderr);
        let line = told.lines().last().unwrap_or("failed without a word").trim_start_matches("error: ");
        return Err(Fault::new("scripts/environment agents", line).hint("run scripts/setup --only agents").into());
    }
    Ok(Path::new(String::from_utf8_lossy(&made.stdout).trim()).join("bin/python"))
}
