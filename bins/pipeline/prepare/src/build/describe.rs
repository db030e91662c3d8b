//! `--describe`: what an executable says of itself, held against what was asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use schema::document;
use schema::files::read_at_most;
use schema::implementation::{BuildRequest, Describe, How};
use schema::{PROTOCOL, fault::Faults};

use super::Problem;
use crate::program;

/// Importing a large framework from a cold disk takes many seconds.
const LIMIT: Duration = Duration::from_mins(1);
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Asks with the environment that a run will have: cleared, then the implementation's own.
pub(super) fn ask(argv: &[String], env: &BTreeMap<String, String>, scratch: &Path) -> Result<Describe, Problem> {
    let [program, rest @ ..] = argv else { return Err(Problem("its command is empty".to_owned())) };
    let (stdout, stderr) = (scratch.join("describe.out"), scratch.join("describe.log"));
    let mut command = Command::new(program);
    command.args(rest).arg("--describe").env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8").envs(env);
    command.current_dir(scratch);
    match program::run(&mut command, &stdout, &stderr, Some(LIMIT))? {
        Some(status) if status.success() => {}
        Some(status) => {
            return Err(Problem(format!("--describe failed ({status}): {}", program::last_error(&stderr))));
        }
        None => return Err(Problem(format!("--describe took longer than {} s", LIMIT.as_secs()))),
    }
    let answer = read_at_most(&stdout, ANSWER_BYTES_MAX)?;
    document::parse(&answer, "--describe").map_err(|faults| Problem(one_line(&faults)))
}

fn one_line(faults: &Faults) -> String {
    let lines: Vec<String> = faults.0.iter().map(|fault| format!("{}: {}", fault.place, fault.what)).collect();
    lines.join("; ")
}

/// Whether it is the one that was asked for, built as it was asked for.
pub(super) fn check(describe: &Describe, request: &BuildRequest) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    let mut same = |what: &str, found: &str, wanted: &str| {
        if found != wanted {
            wrong.push(format!("{what} `{found}` instead of `{wanted}`"));
        }
    };
    same("protocol", &describe.protocol, PROTOCOL);
    same("implementation", describe.implementation.as_str(), request.implementation.as_str());
    same("task", describe.task.as_str(), request.task.as_str());
    // What a command of the user's own is written in, only its describe can know.
    if !matches!(request.how, How::Command { .. }) {
        same("language", &format!("{:?}", describe.language), &format!("{:?}", request.language));
    }
    if let How::Cargo { profile, target_cpu, .. } = &request.how {
        same("profile", &describe.build.profile, profile);
        same("target_cpu", &describe.build.target_cpu, target_cpu);
        same("features", &describe.build.features.join(","), request.implementation.as_str());
    }
    if describe.algorithms.is_empty() {
        wrong.push("no algorithm".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(Problem(format!("--describe says {}", wrong.join(", ")))) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> BuildRequest {
        let how = json!({"by": "cargo", "package": "t", "profile": "release", "target_cpu": "native"});
        serde_json::from_value(json!({"schema_version": "1.0", "implementation": "t_x", "task": "t",
            "language": "rust", "how": how, "source_digest": ""}))
        .expect("a request")
    }

    fn described() -> Describe {
        serde_json::from_value(json!({"protocol": PROTOCOL, "implementation": "t_x", "class": "library", "task": "t",
            "framework": "x", "framework_version": "1", "language": "rust", "algorithms": ["linear"],
            "devices": ["cpu"], "modes": ["warm"], "requires": [], "threads_env": [],
            "build": {"profile": "release", "target_cpu": "native", "features": ["t_x"], "kernels": []}}))
        .expect("a description")
    }

    #[test]
    fn each_thing_that_is_not_as_asked_for_is_named() {
        assert!(check(&described(), &request()).is_ok());
        let mut other = described();
        other.build.features.push("t_y".to_owned());
        other.build.profile = "ci".to_owned();
        other.task = schema::id::Id::new("u").expect("an id");
        let Err(Problem(text)) = check(&other, &request()) else { panic!("refused") };
        assert_eq!(
            text,
            "--describe says task `u` instead of `t`, profile `ci` instead of `release`, features `t_x,t_y` instead of `t_x`"
        );
    }

    #[test]
    fn what_fails_or_prints_no_description_is_a_problem() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let ask = |script: &str| {
            let argv = ["/bin/sh", "-c", script].map(str::to_owned);
            ask(&argv, &BTreeMap::new(), scratch.path()).err().map(|Problem(text)| text).expect("a problem")
        };
        assert!(ask("echo 'error: no numpy' >&2; exit 1").contains("failed (exit status: 1): error: no numpy"));
        assert!(ask("echo hello").contains("--describe: not JSON"));
        assert!(ask("echo '{}'").contains("missing key"));
    }

    #[test]
    fn the_environment_is_cleared_but_for_its_own() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let argv = ["/bin/sh", "-c", "env -u PWD -u SHLVL -u _ | sort >&2; exit 1"].map(str::to_owned);
        let env = BTreeMap::from([("OWN".to_owned(), "1".to_owned())]);
        assert!(ask(&argv, &env, scratch.path()).is_err());
        let seen = std::fs::read_to_string(scratch.path().join("describe.log")).expect("the log");
        let names: Vec<&str> = seen.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["LANG", "OLDPWD", "OWN", "PATH"].into_iter().filter(|name| names.contains(name)).collect::<Vec<_>>()
        );
        assert!(names.contains(&"OWN"));
    }
}
