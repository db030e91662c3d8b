//! Parity on smoke inputs: every pair of conforming implementations, algorithm by algorithm.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use metrics::output::Output;
use metrics::parity::{self, Side, Tally};
use schema::SCHEMA_VERSION;
use schema::certificate::Certificate;
use schema::document;
use schema::evaluation::Parity;
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::id::{ArmId, Id};
use schema::task::TaskSpec;

use crate::smoke_case::SmokeCase;

/// The block that phase 3's verdicts stand under.
const BLOCK: &str = "smoke";
const OUTPUT_BYTES_MAX: u64 = 16 << 20;

pub(crate) fn compare(case: &SmokeCase, certificates: &Path, out: &Path) -> Result<(), Faults> {
    let conforming = conforming(certificates, &case.task)?;
    let block = Id::new(BLOCK).map_err(|error| Fault::new("", error.to_string()))?;
    let mut verdicts = Vec::new();
    for algorithm in case.task.algorithms.keys() {
        let runs: Vec<Run> =
            conforming.iter().filter_map(|name| Run::read(certificates, name, algorithm, case)).collect();
        for (index, left) in runs.iter().enumerate() {
            verdicts.extend(runs[index + 1..].iter().map(|right| judge(case, &block, algorithm, left, right)));
        }
    }
    Ok(document::write_lines(&out.join("parity.jsonl"), &verdicts)?)
}

/// The implementations of the task that conform, by name.
fn conforming(folder: &Path, task: &TaskSpec) -> Result<Vec<Id>, Faults> {
    let entries = std::fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort();
    let mut names = Vec::new();
    for path in paths {
        let certificate: Certificate = document::read(&path)?;
        if certificate.conforms && certificate.task == task.task {
            names.push(certificate.implementation);
        }
    }
    Ok(names)
}

/// What one implementation left of one algorithm.
struct Run {
    implementation: Id,
    outputs: BTreeMap<Id, Result<Output, String>>,
}

impl Run {
    /// None where it does not do the algorithm.
    fn read(certificates: &Path, implementation: &Id, algorithm: &Id, case: &SmokeCase) -> Option<Self> {
        let folder = certificates.join(implementation.as_str()).join(algorithm.as_str());
        let read = |spec| Output::read(&folder, spec, OUTPUT_BYTES_MAX).map_err(|fault| fault.what);
        let outputs = case.task.outputs_of(algorithm).map(|spec| (spec.name.clone(), read(spec)));
        folder.is_dir().then(|| Self { implementation: implementation.clone(), outputs: outputs.collect() })
    }

    fn side(&self, output: &Id) -> Side<'_> {
        match self.outputs.get(output) {
            Some(Ok(output)) => Ok(output),
            Some(Err(reason)) => Err(reason),
            None => Err("the task declares no such output"),
        }
    }
}

fn judge(case: &SmokeCase, block: &Id, algorithm: &Id, left: &Run, right: &Run) -> Parity {
    let finish = |rule| {
        let mut tally = Tally::new(rule);
        tally.add(left.side(tally.output()), right.side(tally.output()), "smoke case");
        tally.finish()
    };
    let rules: Vec<_> = case.task.parity_of(algorithm).map(finish).collect();
    Parity {
        schema_version: SCHEMA_VERSION.to_owned(),
        block_id: block.clone(),
        // Phase 3 has no cells: the algorithm is what a pair is judged on.
        cell_id: algorithm.clone(),
        algorithm: algorithm.clone(),
        left: ArmId::plain(left.implementation.clone()),
        right: ArmId::plain(right.implementation.clone()),
        verdict: parity::worst(&rules),
        rules,
    }
}
