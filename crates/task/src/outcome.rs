//! Conducting one run by the protocol: order in, outputs and `outcome.json` out, whole or absent.

use std::collections::BTreeMap;
use std::path::Path;

use schema::fault::Fault;
use schema::files;
use schema::id::Id;
use schema::outcome::{Artifact, Outcome, OutcomeStatus};
use schema::params::{Capture, Params};
use schema::{PROTOCOL, digest};

use crate::command_line::ProtocolFlags;
use crate::data::{Data, read_json};
use crate::output::{Encoded, Output};
use crate::run::Run;
use crate::{Program, Stop, versions};

/// All outputs of one run together.
const OUTPUT_BYTES_MAX: usize = 16 << 20;
const PARAMS_BYTES_MAX: u64 = 1 << 20;

/// Does the run and writes its outcome. A run that could not be done leaves an outcome that says
/// so; bad input leaves none.
pub(crate) fn conduct(
    flags: &ProtocolFlags,
    work: impl FnOnce(&mut Run) -> Result<(), Stop>,
    program: &Program,
) -> Result<Outcome, Stop> {
    let params: Params = read_json(&flags.params, PARAMS_BYTES_MAX)?;
    conduct_params(params, &flags.data, &flags.out, flags.seed, work, program)
}

pub(crate) fn conduct_params(
    params: Params,
    data: &Path,
    out: &Path,
    seed: u64,
    work: impl FnOnce(&mut Run) -> Result<(), Stop>,
    program: &Program,
) -> Result<Outcome, Stop> {
    let mut run = Run::new(params, seed, Data::open(data)?);
    let possible = match run.check(&(program.task)(), program.algorithms) {
        Err(Stop::BadInput(faults)) => return Err(Stop::BadInput(faults)),
        possible => possible,
    };
    files::create_folder(out)?;
    let done = possible.and_then(|()| work(&mut run)).and_then(|()| finite(&run.outputs));
    let (status, reason) = match &done {
        Ok(()) => (OutcomeStatus::Done, None),
        Err(Stop::BadInput(faults)) => return Err(Stop::BadInput(faults.clone())),
        Err(Stop::Impossible(reason)) => (OutcomeStatus::Skipped, Some(reason.clone())),
        Err(Stop::Failed(reason)) => (OutcomeStatus::Failed, Some(reason.clone())),
    };
    let artifacts = if done.is_ok() { write_outputs(&run, out)? } else { Vec::new() };
    let outcome = Outcome {
        protocol: PROTOCOL.to_owned(),
        run_id: run.inputs.params.run_id.clone(),
        status,
        reason,
        seed,
        marks: run.marks,
        versions: library_versions(program),
        artifacts,
        facts: run.facts,
    };
    let text = serde_json::to_vec(&outcome).map_err(|error| Stop::Failed(error.to_string()))?;
    files::write_whole(&out.join("outcome.json"), &text)?;
    done.map(|()| outcome)
}

fn library_versions(program: &Program) -> BTreeMap<String, String> {
    let framework = (program.framework, versions::of(program.framework).unwrap_or("unknown"));
    let rust = ("rustc", env!("FERROBENCH_RUSTC_VERSION"));
    [framework, rust].map(|(name, version)| (name.to_owned(), version.to_owned())).into()
}

fn finite(outputs: &[Output]) -> Result<(), Stop> {
    for output in outputs {
        if let Some((index, value)) = output.not_finite() {
            return Err(Stop::Failed(format!("diverged: `{}` holds {value} at {index}", output.name)));
        }
    }
    Ok(())
}

fn write_outputs(run: &Run, out: &Path) -> Result<Vec<Artifact>, Stop> {
    let arrays = run.outputs.iter().map(|output| {
        let Encoded { bytes, shape } = output.encoded();
        (output.name, "npy", bytes, shape)
    });
    let lines = run.lines.iter().map(|(name, bytes)| (*name, "jsonl", bytes.clone(), Vec::new()));
    let full = run.inputs.params.capture == Capture::Full;
    if full {
        files::create_folder(&out.join("outputs"))?;
    }
    let mut total = 0;
    let mut artifacts = Vec::new();
    for (name, extension, bytes, shape) in arrays.chain(lines) {
        total += bytes.len();
        if total > OUTPUT_BYTES_MAX && full {
            return Err(Stop::Failed(format!("outputs of more than {OUTPUT_BYTES_MAX} bytes; use capture `digest`")));
        }
        let path = full.then(|| format!("outputs/{name}.{extension}"));
        if let Some(path) = &path {
            files::write_whole(&out.join(path), &bytes)?;
        }
        let name = Id::new(name).map_err(|error| Fault::new("output", error.to_string()))?;
        let sha256 = digest::of_bytes(&bytes);
        artifacts.push(Artifact { name, path, shape, bytes: bytes.len() as u64, sha256 });
    }
    Ok(artifacts)
}
