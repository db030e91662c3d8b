//! Rust implementations: each built alone, with its own feature and none else, so that what one
//! enables in a shared dependency never reaches another.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use schema::files::{read_at_most, state_folder};
use schema::id::Id;
use schema::implementation::ImplementationFacts;
use schema::{document, executables};
use serde_json::Value;

use super::{Place, Problem, Ready, facts};
use crate::program;

/// Cargo's messages of one build; a large workspace has some 2 MB.
const MESSAGES_BYTES_MAX: u64 = 256 << 20;

pub(crate) struct Wanted<'a> {
    pub package: &'a str,
    /// Its own alone; a program that is no implementation has none.
    pub feature: Option<&'a Id>,
    pub profile: &'a str,
    pub target_cpu: &'a str,
}

/// What Cargo's messages say of a build.
struct Built {
    executable: PathBuf,
    /// The executable was compiled now, not found.
    compiled: bool,
    /// Nothing at all was found compiled.
    from_nothing: bool,
}

pub(super) fn build(place: &Place, implementation: &Id, wanted: &Wanted) -> Result<Ready, Problem> {
    let messages = place.scratch.join("messages");
    let started = Instant::now();
    let built = compile(place.root, implementation.as_str(), wanted, &messages, place.log)?;
    let build_ms = started.elapsed().as_millis() as u64;
    let stored = executables::store(place.root, &built.executable, implementation.as_str())?;
    let executable = place.root.join(&stored.path);
    let built_facts = built_facts(&executable, &built, build_ms)?;
    let packages = tree(place, wanted.package, Some(implementation.as_str()));
    let facts = ImplementationFacts {
        dependencies: packages.as_deref().map(facts::foreign_packages),
        kernel_lines_of_code: packages.as_deref().and_then(|tree| kernel_lines(place, tree, wanted)),
        lines_of_code: source(place.root, implementation).and_then(|path| facts::lines_of_code(&path)),
        executable_bytes: std::fs::metadata(&executable).ok().map(|metadata| metadata.len()),
        ..built_facts
    };
    Ok(Ready {
        argv: vec![executable.display().to_string()],
        env: BTreeMap::new(),
        files: vec![stored],
        env_digest: None,
        facts,
    })
}

/// The executable of a package that is no implementation.
pub(crate) fn program(
    root: &Path,
    name: &str,
    wanted: &Wanted<'_>,
    messages: &Path,
    log: &Path,
) -> Result<PathBuf, Problem> {
    compile(root, name, wanted, messages, log).map(|built| built.executable)
}

fn compile(root: &Path, name: &str, wanted: &Wanted<'_>, messages: &Path, log: &Path) -> Result<Built, Problem> {
    for word in [wanted.package, wanted.profile, wanted.target_cpu] {
        plain_word(word)?;
    }
    let mut command = cargo_build(root, name, wanted)?;
    let status = program::run(&mut command, messages, log, None)?;
    if !status.is_some_and(|status| status.success()) {
        return Err(Problem(format!("it does not build: {}", program::last_error(log))));
    }
    understand(&read_at_most(messages, MESSAGES_BYTES_MAX)?, name)
        .ok_or_else(|| Problem(format!("cargo built no executable `{name}`")))
}

/// A word that cannot be taken for a flag or a path.
fn plain_word(word: &str) -> Result<(), Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if word.bytes().all(plain) && word.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(Problem(format!("`{word}` is no name of a package, profile or processor")))
}

fn cargo_build(root: &Path, name: &str, wanted: &Wanted<'_>) -> Result<Command, Problem> {
    let mut command = cargo(root);
    command.args(["build", "--locked", "--message-format", "json-render-diagnostics"]);
    command.args(["--profile", wanted.profile, "--package", wanted.package, "--bin", name]);
    command.arg("--no-default-features");
    command.args(wanted.feature.into_iter().flat_map(|feature| ["--features", feature.as_str()]));
    let target =
        env::var_os("FERROBENCH_CARGO_TARGET").map_or_else(|| state_folder(root).join("target"), PathBuf::from);
    let target = root.join(target).join(format!("{}-{}", wanted.target_cpu, wanted.profile));
    // Where the sources of dependencies lie differs between machines; what is built must not.
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
        .ok_or_else(|| Problem("neither CARGO_HOME nor HOME is set".to_owned()))?;
    let flags = [
        "-C".to_owned(),
        format!("target-cpu={}", wanted.target_cpu),
        format!("--remap-path-prefix={}=/cargo", cargo_home.display()),
    ];
    command
        .env("CARGO_TARGET_DIR", target)
        // Encoded, because a path may hold a blank; Cargo takes it before RUSTFLAGS.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("FERROBENCH_BUILD_PROFILE", wanted.profile)
        .env("FERROBENCH_TARGET_CPU", wanted.target_cpu)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    Ok(command)
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

fn understand(messages: &[u8], implementation: &str) -> Option<Built> {
    let mut from_nothing = true;
    let mut found = None;
    for line in messages.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else { continue };
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let fresh = message["fresh"].as_bool().unwrap_or(false);
        from_nothing &= !fresh;
        if message["target"]["name"] == implementation
            && let Some(executable) = message["executable"].as_str()
        {
            found = Some((PathBuf::from(executable), !fresh));
        }
    }
    found.map(|(executable, compiled)| Built { executable, compiled, from_nothing })
}

/// The facts of the build that made these bytes. They are kept beside the executable, because a
/// later build that finds everything compiled says nothing; one from nothing says the most.
fn built_facts(executable: &Path, built: &Built, build_ms: u64) -> Result<ImplementationFacts, Problem> {
    let path = executable.with_added_extension("facts.json");
    let kept: Option<ImplementationFacts> = document::read(&path).ok();
    if let Some(kept) = kept
        && !(built.compiled && built.from_nothing && kept.build_from_nothing != Some(true))
    {
        return Ok(kept);
    }
    if !built.compiled {
        return Ok(ImplementationFacts::default());
    }
    let facts = ImplementationFacts {
        build_ms: Some(build_ms),
        build_from_nothing: Some(built.from_nothing),
        ..ImplementationFacts::default()
    };
    document::write(&path, &facts)?;
    Ok(facts)
}

/// What `cargo tree` says of the packages that end up in an executable. Macros run in the compiler;
/// nothing of theirs is linked.
fn tree(place: &Place, package: &str, feature: Option<&str>) -> Option<String> {
    let mut command = cargo(place.root);
    command.args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
    command.args(["--package", package, "--no-default-features"]);
    command.args(feature.into_iter().flat_map(|feature| ["--features", feature]));
    let (tree, log) = (place.scratch.join("tree"), place.scratch.join("tree.log"));
    let status = program::run(&mut command, &tree, &log, None).ok()??;
    let text = status.success().then(|| read_at_most(&tree, 16 << 20).ok())??;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The lines of the workspace's crates that the implementation's own feature brings in.
fn kernel_lines(place: &Place, with_feature: &str, wanted: &Wanted) -> Option<u32> {
    let without = tree(place, wanted.package, None)?;
    let protocol = tree(place, "ferrobench-task", None).unwrap_or_default();
    let known: BTreeSet<PathBuf> = facts::own_folders(&without).chain(facts::own_folders(&protocol)).collect();
    let own: BTreeSet<PathBuf> = facts::own_folders(with_feature).filter(|folder| !known.contains(folder)).collect();
    own.iter().map(|folder| facts::lines_of_crate(&folder.join("src"))).sum()
}

/// `bins/<folder>/src/bin/<implementation>.rs`: the folder is the one whose file it is.
fn source(root: &Path, implementation: &Id) -> Option<PathBuf> {
    let folders = std::fs::read_dir(root.join("bins")).ok()?;
    folders
        .filter_map(Result::ok)
        .map(|folder| folder.path().join("src/bin").join(format!("{implementation}.rs")))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &[u8] =
        br#"{"reason":"compiler-artifact","target":{"name":"serde"},"fresh":false,"executable":null}
{"reason":"compiler-artifact","target":{"name":"regression_x"},"fresh":false,"executable":"/t/regression_x"}
{"reason":"build-finished","success":true}
"#;

    #[test]
    fn the_executable_is_the_one_that_cargo_names() {
        let built = understand(MESSAGES, "regression_x").expect("found");
        assert_eq!(built.executable, Path::new("/t/regression_x"));
        assert!(built.compiled && built.from_nothing);
        assert!(understand(MESSAGES, "regression_y").is_none());
        let warm = String::from_utf8_lossy(MESSAGES).replacen("\"fresh\":false", "\"fresh\":true", 1);
        let built = understand(warm.as_bytes(), "regression_x").expect("found");
        assert!(built.compiled && !built.from_nothing);
    }

    #[test]
    fn the_facts_of_the_first_build_are_kept_until_one_from_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let executable = folder.path().join("x");
        let facts = |compiled, from_nothing, build_ms| {
            let built = Built { executable: executable.clone(), compiled, from_nothing };
            built_facts(&executable, &built, build_ms).unwrap_or_else(|Problem(problem)| panic!("{problem}")).build_ms
        };
        assert_eq!(facts(false, false, 1), None, "nothing was compiled and nothing is known");
        assert_eq!(facts(true, false, 2), Some(2));
        assert_eq!(facts(false, false, 3), Some(2));
        assert_eq!(facts(true, false, 4), Some(2));
        assert_eq!(facts(true, true, 5), Some(5));
        assert_eq!(facts(true, true, 6), Some(5));
    }

    #[test]
    fn words_that_could_be_flags_or_paths_are_refused() {
        for good in ["release", "x86-64-v3", "native", "regression"] {
            assert!(plain_word(good).is_ok(), "{good}");
        }
        for bad in ["", "--config", "../x", "a b", "$(x)", ".x"] {
            assert!(plain_word(bad).is_err(), "{bad}");
        }
    }
}
