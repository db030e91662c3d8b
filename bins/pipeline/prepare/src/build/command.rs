//! An executable of the user's own, in any language, built by the user's own command.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use schema::executables;
use schema::implementation::ImplementationFacts;

use super::{Place, Problem, Ready};
use crate::program;

pub(super) fn ready(
    place: &Place,
    argv: &[String],
    build: Option<&[String]>,
    env: &BTreeMap<String, String>,
) -> Result<Ready, Problem> {
    let [first, rest @ ..] = argv else { return Err(Problem("its command is empty".to_owned())) };
    let mut facts = ImplementationFacts::default();
    if let Some(build) = build {
        facts.build_ms = Some(run_build(place, build)?);
    }
    let program = resolve(place.root, first)?;
    facts.executable_bytes = std::fs::metadata(&program).ok().map(|metadata| metadata.len());
    // A script is started from the file that a later word names: it belongs to what was verified.
    let scripts = rest.iter().map(Path::new).filter(|path| path.is_absolute() && path.is_file());
    let files = std::iter::once(program.as_path()).chain(scripts).map(|path| executables::digest_of(place.root, path));
    Ok(Ready {
        argv: std::iter::once(program.display().to_string()).chain(rest.iter().cloned()).collect(),
        env: env.clone(),
        files: files.collect::<Result<_, _>>()?,
        env_digest: None,
        facts,
    })
}

/// Runs the build command from the root; how long it took, in ms.
fn run_build(place: &Place, build: &[String]) -> Result<u64, Problem> {
    let [first, rest @ ..] = build else { return Err(Problem("its build command is empty".to_owned())) };
    let mut command = Command::new(resolve(place.root, first)?);
    command.args(rest).current_dir(place.root);
    let started = Instant::now();
    let status = program::run(&mut command, &place.scratch.join("build.out"), place.log, None)?;
    if status.is_some_and(|status| status.success()) {
        return Ok(started.elapsed().as_millis() as u64);
    }
    Err(Problem(format!("it does not build: {}", program::last_error(place.log))))
}

/// A relative word is taken from the root; a bare name that is not there, from the PATH.
fn resolve(root: &Path, word: &str) -> Result<PathBuf, Problem> {
    let in_root = root.join(word);
    if in_root.is_file() {
        return Ok(in_root);
    }
    let path = env::var_os("PATH").filter(|_| !word.contains('/')).unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(word))
        .find(|candidate| candidate.is_absolute() && candidate.is_file())
        .ok_or_else(|| Problem(format!("`{word}` is neither in the project nor on the PATH")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn ready_in(root: &Path, argv: &[&str], build: Option<&[&str]>) -> Result<Ready, Problem> {
        let place = Place { root, log: &root.join("log"), scratch: root };
        ready(&place, &words(argv), build.map(words).as_deref(), &BTreeMap::new())
    }

    #[test]
    fn the_build_runs_in_the_root_and_its_result_is_what_is_started() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let build = ["cp", "/bin/true", "mine"];
        let ready =
            ready_in(root.path(), &["mine", "--flag"], Some(&build)).unwrap_or_else(|Problem(text)| panic!("{text}"));
        assert_eq!(ready.argv, [root.path().join("mine").display().to_string(), "--flag".to_owned()]);
        assert_eq!(ready.files[0].path, "mine");
        assert!(ready.facts.build_ms.is_some() && ready.facts.executable_bytes.is_some());
    }

    #[test]
    fn what_does_not_build_or_is_not_there_is_told_in_one_line() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let problem = |argv: &[&str], build: Option<&[&str]>| {
            ready_in(root.path(), argv, build).err().map(|Problem(text)| text).expect("a problem")
        };
        let failing: &[&str] = &["sh", "-c", "echo 'error: no such header' >&2; exit 1"];
        assert_eq!(problem(&["mine"], Some(failing)), "it does not build: error: no such header");
        assert!(problem(&["no_such_program_here"], None).contains("neither in the project nor on the PATH"));
        assert!(problem(&[], None).contains("empty"));
        assert!(problem(&["true"], Some(&[])).contains("empty"));
    }
}
