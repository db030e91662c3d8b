//! Python implementations: a script, the shared module beside the Rust one, and the locked environment.

use std::path::Path;

use schema::files::{state_folder, write_whole};
use schema::id::Id;
use schema::implementation::ImplementationFacts;
use schema::{digest, executables};

use super::{Problem, Ready, facts};
use crate::{environment_folder, environment_python};

/// The folder of `ferrobench_task.py`, the twin of the Rust task library.
const SHARED: &str = "crates/task/python";
const LOCKS: &str = "config/python";

pub(super) fn ready(root: &Path, task: &Id, script: &str, env_digest: &str) -> Result<Ready, Problem> {
    let python = environment_python(root, env_digest)?;
    let environment = environment_folder(root, env_digest)?;
    let beside = executables::beside(root, Path::new(script), task);
    let script = root.join(script);
    let shared = root.join(SHARED);
    let lock = lock(root, env_digest)?;
    let own = [script.clone(), shared.join("ferrobench_task.py"), lock];
    let files = own.into_iter().chain(beside.iter().map(|path| root.join(path)));
    let files = files.map(|path| executables::digest_of(root, &path));
    let env = [("PYTHONPATH", shared.display().to_string()), ("PYTHONNOUSERSITE", "1".to_owned())];
    Ok(Ready {
        argv: vec![python.display().to_string(), "-s".to_owned(), script.display().to_string()],
        env: env.map(|(name, value)| (name.to_owned(), value)).into(),
        files: files.collect::<Result<_, _>>()?,
        env_digest: Some(env_digest.to_owned()),
        facts: ImplementationFacts {
            environment_bytes: environment_bytes(root, &environment),
            dependencies: facts::installed_distributions(&environment),
            lines_of_code: facts::lines_of_code(&script),
            ..ImplementationFacts::default()
        },
    })
}

/// The lock file that the environment was made from.
fn lock(root: &Path, env_digest: &str) -> Result<std::path::PathBuf, Problem> {
    let locks =
        std::fs::read_dir(root.join(LOCKS)).map_err(|error| Problem(format!("{LOCKS}: cannot read: {error}")))?;
    locks
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .find(|path| digest::of_file(path).is_ok_and(|sha256| sha256.starts_with(&env_digest[..16])))
        .ok_or_else(|| Problem(format!("{LOCKS} holds no lock file with the digest {env_digest}")))
}

/// Counted once an environment: its folder's name is its content's, and it has thousands of files.
fn environment_bytes(root: &Path, environment: &Path) -> Option<u64> {
    let name = environment.file_name()?.to_string_lossy().into_owned();
    let kept = state_folder(root).join("facts").join(format!("environment-{name}-bytes"));
    if let Some(bytes) = std::fs::read_to_string(&kept).ok().and_then(|text| text.trim().parse().ok()) {
        return Some(bytes);
    }
    let bytes = facts::folder_bytes(environment).ok()?;
    schema::files::create_folder(kept.parent()?).ok()?;
    write_whole(&kept, bytes.to_string().as_bytes()).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// A checkout with one script and an environment whose interpreter is an empty file.
    fn checkout() -> (tempfile::TempDir, String, PathBuf) {
        let root = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("config/python/core.txt", "numpy==2.4.0\n");
        write("crates/task/python/ferrobench_task.py", "");
        write("bins/t/src/bin/t_x.py", "\"\"\"Doc.\"\"\"\n\n# Why.\nprint(1)\nprint(2)\n");
        let env_digest = digest::of_bytes(b"numpy==2.4.0\n");
        let environment = format!(".ferrobench/env/{}", &env_digest[..16]);
        write(&format!("{environment}/bin/python"), "12345");
        write(&format!("{environment}/lib/python3.11/site-packages/numpy-2.4.0.dist-info/METADATA"), "123");
        let environment = root.path().join(environment);
        (root, env_digest, environment)
    }

    fn task() -> Id {
        Id::new("t").expect("an id")
    }

    #[test]
    fn the_command_the_files_and_the_facts_of_a_script() {
        let (root, env_digest, environment) = checkout();
        let ready = ready(root.path(), &task(), "bins/t/src/bin/t_x.py", &env_digest)
            .unwrap_or_else(|Problem(text)| panic!("{text}"));
        let python = environment.join("bin/python").display().to_string();
        let script = root.path().join("bins/t/src/bin/t_x.py").display().to_string();
        assert_eq!(ready.argv, [python, "-s".to_owned(), script]);
        assert!(ready.env["PYTHONPATH"].ends_with("crates/task/python") && ready.env["PYTHONNOUSERSITE"] == "1");
        let paths: Vec<&str> = ready.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["bins/t/src/bin/t_x.py", "crates/task/python/ferrobench_task.py", "config/python/core.txt"]);
        assert_eq!(ready.facts.lines_of_code, Some(2));
        assert_eq!(ready.facts.dependencies, Some(1));
        assert_eq!(ready.facts.environment_bytes, Some(8));
    }

    #[test]
    fn a_missing_environment_or_script_is_a_problem_that_says_so() {
        let (root, env_digest, environment) = checkout();
        let Err(Problem(text)) = ready(root.path(), &task(), "bins/t/src/bin/t_y.py", &env_digest) else {
            panic!("no script")
        };
        assert!(text.contains("t_y.py"), "{text}");
        fs::remove_dir_all(environment).expect("removed");
        let Err(Problem(text)) = ready(root.path(), &task(), "bins/t/src/bin/t_x.py", &env_digest) else {
            panic!("no env")
        };
        assert!(text.contains("the Python environment is not there (run scripts/setup)"), "{text}");
        assert!(ready(root.path(), &task(), "bins/t/src/bin/t_x.py", "é").is_err());
    }
}
