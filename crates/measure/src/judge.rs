//! What became of a run: from how it ended, and from what it left behind.

use std::fs;
use std::path::{Component, Path};

use datasets::npy;
use schema::fault::Faults;
use schema::outcome::{Artifact, Outcome, OutcomeStatus};
use schema::params::{Capture, Params};
use schema::record::{Captured, FailureClass, Status};
use schema::task::{Dtype, MarkSpec, OutputKind, OutputSpec};

use crate::capture::last_line;
use crate::marks;
use crate::watch::{End, Watched};

const MESSAGE_CHARACTERS_MAX: usize = 300;
/// An outcome holds marks and facts only; a larger one is not read.
const OUTCOME_BYTES_MAX: u64 = 16 << 20;

pub struct Expected<'a> {
    pub params: &'a Params,
    pub seed: u64,
    pub marks: &'a [MarkSpec],
    pub outputs: &'a [OutputSpec],
    pub output_bytes: u64,
    /// Where the run was to leave `outcome.json` and `outputs/`.
    pub folder: &'a Path,
    /// The kernel says that memory ran out meanwhile.
    pub out_of_memory: bool,
}

/// The outcome is kept wherever it could be read, also of a failed run.
pub fn judge(watched: &Watched, expected: &Expected<'_>) -> (Status, Option<Outcome>) {
    let outcome = read_outcome(&expected.folder.join("outcome.json"));
    let status = status(watched, expected, outcome.as_ref());
    (status, outcome.ok())
}

fn status(watched: &Watched, expected: &Expected<'_>, outcome: Result<&Outcome, &String>) -> Status {
    let said = |otherwise: String| {
        let reason = outcome.ok().and_then(|outcome| outcome.reason.clone());
        reason.or_else(|| last_line(&watched.stderr, MESSAGE_CHARACTERS_MAX)).unwrap_or(otherwise)
    };
    let (class, message) = match watched.end {
        End::NotStarted { errno } => {
            (FailureClass::Spawn, format!("cannot be started: {}", std::io::Error::from_raw_os_error(errno)))
        }
        End::TimedOut => (FailureClass::Timeout, "ran longer than its limit and was ended".to_owned()),
        End::Interrupted => (FailureClass::Interrupted, "the measuring was interrupted".to_owned()),
        End::LauncherLost => (FailureClass::Killed, "its launcher was killed, and the run with it".to_owned()),
        End::Signalled { signal } if signal == libc::SIGKILL && expected.out_of_memory => {
            (FailureClass::Oom, "the kernel killed it because memory ran out".to_owned())
        }
        End::Signalled { .. } | End::Exited { code: 1.. } if allocation_failed(&watched.stderr).is_some() => {
            let line = allocation_failed(&watched.stderr).unwrap_or_default();
            (FailureClass::Oom, format!("it got no more memory: {line}"))
        }
        End::Signalled { signal: libc::SIGXFSZ } => (
            FailureClass::Killed,
            format!("killed: it wrote a file larger than the limit of {} bytes", expected.output_bytes),
        ),
        End::Signalled { signal } => {
            (FailureClass::Killed, format!("killed by signal {signal}: {}", said(String::new())))
        }
        End::Exited { code: 2 } => (FailureClass::BadInput, said("refused its input".to_owned())),
        End::Exited { code: 3 } => return Status::Skipped { reason: said("not possible here".to_owned()) },
        End::Exited { code: 0 } => {
            match outcome.map_err(Clone::clone).and_then(|outcome| verify(outcome, watched, expected)) {
                Ok(None) => return Status::Ok,
                Ok(Some(diverged)) => (FailureClass::Diverged, diverged),
                Err(what) => (FailureClass::Protocol, what),
            }
        }
        End::Exited { code } => (FailureClass::Crashed, format!("exit code {code}: {}", said(String::new()))),
    };
    Status::Failed { class, message }
}

/// The last words of a program whose allocation was refused: of Rust's runtime, of Python and numpy, of C++.
fn allocation_failed(stderr: &Captured) -> Option<String> {
    const WORDS: [&str; 3] = ["memory allocation of ", "MemoryError", "std::bad_alloc"];
    let text = if stderr.tail.trim().is_empty() { &stderr.head } else { &stderr.tail };
    // Rust's runtime adds a note about backtraces.
    let mut last = text.lines().rev().filter(|line| !line.trim().is_empty()).take(2);
    let line = last.find(|line| WORDS.iter().any(|words| line.contains(words)))?;
    Some(line.trim().chars().take(MESSAGE_CHARACTERS_MAX).collect())
}

fn read_outcome(path: &Path) -> Result<Outcome, String> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|facts| facts.is_file());
    if !is_file {
        return Err("it left no outcome.json".to_owned());
    }
    let bytes = schema::files::read_at_most(path, OUTCOME_BYTES_MAX).map_err(|fault| fault.what)?;
    schema::document::parse(&bytes, "outcome.json").map_err(|faults: Faults| {
        let all: Vec<String> = faults.0.iter().map(|fault| fault.what.clone()).collect();
        format!("outcome.json: {}", all.join("; "))
    })
}

/// Of a run that says it is done. `Some` names a result that is not finite.
fn verify(outcome: &Outcome, watched: &Watched, expected: &Expected<'_>) -> Result<Option<String>, String> {
    let params = expected.params;
    let same = |what: &str, found: &str, wanted: &str| {
        if found == wanted {
            Ok(())
        } else {
            Err(format!("outcome.json: {what} is `{found}`, asked for was `{wanted}`"))
        }
    };
    same("protocol", &outcome.protocol, &params.protocol)?;
    same("run_id", &outcome.run_id, &params.run_id)?;
    same("seed", &outcome.seed.to_string(), &expected.seed.to_string())?;
    if outcome.status != OutcomeStatus::Done {
        return Err("outcome.json does not say `done`, yet the exit code was 0".to_owned());
    }
    let marks = marks::Expected {
        specs: expected.marks,
        work: &params.work,
        iterations: params.warmup + params.iterations,
        spawn_ns: watched.timing.spawn_ns,
        exit_ns: watched.timing.exit_ns,
    };
    marks::verify(&outcome.marks, &marks)?;
    verify_artifacts(outcome, expected)
}

fn verify_artifacts(outcome: &Outcome, expected: &Expected<'_>) -> Result<Option<String>, String> {
    for spec in expected.outputs {
        match outcome.artifacts.iter().filter(|artifact| artifact.name == spec.name).count() {
            1 => {}
            0 => return Err(format!("output `{}` is missing", spec.name)),
            _ => return Err(format!("output `{}` is named twice", spec.name)),
        }
    }
    let total: u64 = outcome.artifacts.iter().map(|artifact| artifact.bytes).fold(0, u64::saturating_add);
    if total > expected.output_bytes && expected.params.capture == Capture::Full {
        return Err(format!("its outputs have {total} bytes, the limit is {}", expected.output_bytes));
    }
    for artifact in &outcome.artifacts {
        let Some(spec) = expected.outputs.iter().find(|spec| spec.name == artifact.name) else {
            return Err(format!("the task's document knows no output `{}`", artifact.name));
        };
        let what =
            verify_artifact(artifact, spec, expected).map_err(|what| format!("output `{}`: {what}", spec.name))?;
        if let Some(diverged) = what {
            return Ok(Some(format!("output `{}` {diverged}", spec.name)));
        }
    }
    Ok(None)
}

fn verify_artifact(artifact: &Artifact, spec: &OutputSpec, expected: &Expected<'_>) -> Result<Option<String>, String> {
    let Some(path) = &artifact.path else {
        return match expected.params.capture {
            Capture::Digest => Ok(None),
            Capture::Full => Err("its file was asked for and is not named".to_owned()),
        };
    };
    if !plain_below_outputs(Path::new(path)) {
        return Err(format!("`{path}` is not a file directly in outputs/"));
    }
    let file = expected.folder.join(path);
    let facts = fs::symlink_metadata(&file).map_err(|error| format!("`{path}`: {error}"))?;
    if !facts.is_file() || facts.len() != artifact.bytes {
        return Err(format!("`{path}` has {} bytes, named were {}", facts.len(), artifact.bytes));
    }
    let sha256 = schema::digest::of_file(&file).map_err(|fault| fault.what)?;
    if sha256 != artifact.sha256 {
        return Err(format!("`{path}` has sha256 {sha256}, named was {}", artifact.sha256));
    }
    match (spec.kind, spec.dtype) {
        (OutputKind::Npy, Some(Dtype::F64)) => not_finite::<f64>(&file, |value| value.is_finite()),
        (OutputKind::Npy, Some(Dtype::F32)) => not_finite::<f32>(&file, |value| value.is_finite()),
        _ => Ok(None),
    }
}

/// `outputs/NAME` and nothing else: no way out of the folder.
fn plain_below_outputs(path: &Path) -> bool {
    let parts: Vec<Component<'_>> = path.components().collect();
    matches!(parts[..], [Component::Normal(folder), Component::Normal(_)] if folder == "outputs")
}

fn not_finite<T: npy::Element>(file: &Path, is_finite: fn(&T) -> bool) -> Result<Option<String>, String> {
    let array = npy::read::<T>(file, u64::MAX).map_err(|fault| fault.what)?;
    let count = array.values.iter().filter(|value| !is_finite(value)).count();
    Ok((count > 0).then(|| format!("holds {count} of {} values that are not finite", array.values.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_allocation_is_known_by_its_last_words() {
        let stderr = |text: &str| Captured { head: text.to_owned(), ..Captured::default() };
        for words in [
            "memory allocation of 1073741824 bytes failed\nnote: run with `RUST_BACKTRACE=1` to see more\n",
            "Traceback (most recent call last):\nnumpy._core._exceptions._ArrayMemoryError: Unable to allocate 8 GiB\n",
            "terminate called after throwing an instance of 'std::bad_alloc'\n",
        ] {
            assert!(allocation_failed(&stderr(words)).is_some(), "{words}");
        }
        assert_eq!(allocation_failed(&stderr("MemoryError: handled\nhint: none\nerror: no such column\n")), None);
    }

    #[test]
    fn only_a_file_directly_in_outputs_is_let_in() {
        assert!(plain_below_outputs(Path::new("outputs/predictions.npy")));
        for bad in ["predictions.npy", "/outputs/x", "outputs/../x", "outputs/a/b", "../outputs/x", "outputs"] {
            assert!(!plain_below_outputs(Path::new(bad)), "{bad}");
        }
    }
}
