//! What a run of the smoke case leaves behind.

use measure::marks::{self, Expected};
use metrics::output::{self, Output};
use schema::digest;
use schema::id::Id;
use schema::outcome::{Artifact, Outcome};
use schema::task::{OutputKind, OutputSpec};

use super::{Examined, Verdict};
use crate::shape::Lengths;
use crate::smoke_case::{Prepared, SmokeCase};
use crate::subject::Ran;

/// All outputs of one run together.
const OUTPUT_BYTES_MAX: u64 = 16 << 20;

pub(super) fn done(examined: &Examined<'_>) -> Verdict {
    if examined.runs.is_empty() {
        return Ok(Err("it does none of the task's algorithms".to_owned()));
    }
    examined.each(|_, ran| Ok(ran.done().map(drop)))
}

pub(super) fn stdout(examined: &Examined<'_>) -> Verdict {
    examined.each(|_, ran| {
        let first = ran.ended.stdout.lines().next();
        Ok(first.map_or(Ok(()), |line| Err(format!("wrote to stdout: {line}"))))
    })
}

pub(super) fn marks(examined: &Examined<'_>) -> Verdict {
    let case = examined.subject.case;
    let work: Vec<_> = case.task.marks.iter().filter(|mark| mark.work).map(|mark| mark.name).collect();
    examined.each(|_, ran| {
        let expected = Expected {
            specs: &case.task.marks,
            work: &work,
            iterations: case.iterations(),
            spawn_ns: ran.ended.spawn_ns,
            exit_ns: ran.ended.exit_ns,
        };
        Ok(ran.done().and_then(|outcome| marks::verify(&outcome.marks, &expected)))
    })
}

pub(super) fn outputs(examined: &Examined<'_>) -> Verdict {
    examined.each(|algorithm, ran| {
        let data = examined.subject.case.data(algorithm)?;
        Ok(ran.done().and_then(|outcome| check_outputs(examined.subject.case, algorithm, data, ran, &outcome)))
    })
}

/// Also for the runs that are done in another way and have to leave the same behind.
pub(super) fn check_outputs(
    case: &SmokeCase,
    algorithm: &Id,
    data: &Prepared,
    ran: &Ran,
    outcome: &Outcome,
) -> Result<(), String> {
    let mut lengths = Lengths::new(case.known_lengths(data));
    let mut bytes = 0;
    for spec in case.task.outputs_of(algorithm) {
        let named = |what: String| format!("`{}`: {what}", spec.name);
        let artifact = outcome.artifacts.iter().find(|artifact| artifact.name == spec.name);
        let artifact = artifact.ok_or_else(|| named("not listed in outcome.json".to_owned()))?;
        bytes += check_output(ran, spec, artifact, &mut lengths).map_err(named)?;
    }
    let declared = |artifact: &&Artifact| case.task.outputs_of(algorithm).any(|spec| spec.name == artifact.name);
    if let Some(more) = outcome.artifacts.iter().find(|artifact| !declared(artifact)) {
        return Err(format!("`{}` is no output of this algorithm in the task", more.name));
    }
    if bytes > OUTPUT_BYTES_MAX {
        return Err(format!("{bytes} bytes of outputs where {OUTPUT_BYTES_MAX} are allowed"));
    }
    Ok(())
}

fn check_output(ran: &Ran, spec: &OutputSpec, artifact: &Artifact, lengths: &mut Lengths) -> Result<u64, String> {
    let path = output::path_in(&ran.out, spec);
    let relative = path.strip_prefix(&ran.out).ok().and_then(|path| path.to_str());
    if artifact.path.as_deref() != relative {
        return Err(format!("outcome.json says {:?} instead of {relative:?}", artifact.path));
    }
    let output = Output::read(&ran.out, spec, OUTPUT_BYTES_MAX).map_err(|fault| fault.what)?;
    if spec.kind == OutputKind::Npy {
        output.check(spec)?;
        lengths.fit(&spec.shape, output.shape())?;
        if artifact.shape != output.shape() {
            return Err(format!("outcome.json says shape {:?}; the file has {:?}", artifact.shape, output.shape()));
        }
    }
    if let Some((place, value)) = output.not_finite() {
        return Err(format!("value {place} is {value}"));
    }
    let bytes = path.metadata().map_err(|error| error.to_string())?.len();
    let sha256 = digest::of_file(&path).map_err(|fault| fault.what)?;
    if (artifact.bytes, &artifact.sha256) != (bytes, &sha256) {
        return Err("outcome.json has another size or sha256 than the file".to_owned());
    }
    Ok(bytes)
}
