//! Whether what an implementation is built from, or runs in, can be had on this machine.

use std::path::Path;
use std::process::{Command, Stdio};

use schema::config::{Executable, PythonGroup};
use schema::id::Id;
use schema::selection::Availability;

use crate::catalog::{Entry, Source};
use crate::machine::environment_python;

/// Looks at each thing once, however many implementations need it.
pub(crate) struct Probe<'a> {
    root: &'a Path,
    cargo: Option<String>,
}

impl<'a> Probe<'a> {
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, cargo: cargo_version(root) }
    }

    pub(crate) fn of(&self, implementation: &Id, entry: &Entry) -> Availability {
        let (needs, seen, remedy) = match &entry.source {
            Source::Rust => ("cargo".to_owned(), self.cargo.clone().ok_or("cargo does not answer".to_owned()), RUSTUP),
            Source::Python { group, .. } => self.python(*group),
            Source::Command(executable) => self.program(executable),
        };
        let available = seen.is_ok();
        let remedy = (!available).then(|| remedy.to_owned());
        let found = seen.unwrap_or_else(|missing| missing);
        Availability { implementation: implementation.clone(), needs, available, found, remedy }
    }

    fn python(&self, group: PythonGroup) -> (String, Result<String, String>, &'static str) {
        let here = environment_python(self.root, group).is_ok_and(|python| python.is_file());
        let seen = if here { Ok("installed, as locked") } else { Err("they are not installed") };
        let needs = format!("the Python packages of {}", group.name());
        (needs, seen.map(str::to_owned).map_err(str::to_owned), setup(group))
    }

    /// The program that is started first: the build command's where there is one.
    fn program(&self, executable: &Executable) -> (String, Result<String, String>, &'static str) {
        let command = executable.build.as_ref().unwrap_or(&executable.argv);
        let program = command.first().cloned().unwrap_or_default();
        let seen = if self.root.join(&program).is_file() {
            Ok("in the checkout".to_owned())
        } else if !program.contains('/') && on_the_path(&program) {
            Ok("on the PATH".to_owned())
        } else {
            Err(format!("`{program}` is neither in the checkout nor on the PATH"))
        };
        (program, seen, "install it, or take the executable out of config/benchmarks.yaml")
    }
}

const RUSTUP: &str = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y";

/// The command that installs a group.
const fn setup(group: PythonGroup) -> &'static str {
    match group {
        PythonGroup::Core => "scripts/setup",
        PythonGroup::Agents => "scripts/setup --only agents",
        PythonGroup::Torch => "scripts/setup --only deep",
    }
}

fn cargo_version(root: &Path) -> Option<String> {
    let output = Command::new("cargo").arg("--version").current_dir(root).stdin(Stdio::null()).output().ok()?;
    let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

fn on_the_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    !program.is_empty() && std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
