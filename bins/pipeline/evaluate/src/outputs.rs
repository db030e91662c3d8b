//! The outputs of one round's finished runs: each is read once, for quality and for parity.

use std::collections::BTreeMap;

use metrics::output::{self, Output};
use metrics::parity::Side;
use schema::id::{ArmId, Id};
use schema::record::Record;
use schema::task::OutputSpec;

use crate::finished::FinishedBlock;

pub(crate) struct RunOutputs<'a> {
    pub(crate) record: &'a Record,
    /// Each declared output, or why it cannot be used.
    outputs: BTreeMap<Id, Result<Output, String>>,
}

impl RunOutputs<'_> {
    pub(crate) fn side(&self, name: &Id) -> Side<'_> {
        match self.outputs.get(name) {
            Some(Ok(output)) => Ok(output),
            Some(Err(reason)) => Err(reason),
            None => Err("the task declares no such output"),
        }
    }
}

pub(crate) struct RoundOutputs<'a>(BTreeMap<&'a ArmId, RunOutputs<'a>>);

impl<'a> RoundOutputs<'a> {
    pub(crate) fn read(finished: &'a FinishedBlock, round: u32, specs: &[&OutputSpec]) -> Self {
        let arms = finished.block.arms.iter().map(|arm| &arm.facts.arm);
        let runs = arms.filter_map(|arm| Some((arm, finished.ok_record(round, arm)?)));
        Self(runs.map(|(arm, record)| (arm, read_run(finished, record, specs))).collect())
    }

    /// In the order of the arms' names.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &RunOutputs<'a>> {
        self.0.values()
    }

    pub(crate) fn of(&self, arm: &ArmId) -> Option<&RunOutputs<'a>> {
        self.0.get(arm)
    }
}

fn read_run<'a>(finished: &FinishedBlock, record: &'a Record, specs: &[&OutputSpec]) -> RunOutputs<'a> {
    let read = |spec: &OutputSpec| -> Result<Output, String> {
        let folder = finished.run_folder(record);
        if !finished.names(&output::path_in(&folder, spec)) {
            return Err(absence(record, spec));
        }
        let output = Output::read(&folder, spec, finished.block.limits.output_bytes).map_err(|fault| fault.what)?;
        output.check(spec)?;
        Ok(output)
    };
    RunOutputs { record, outputs: specs.iter().map(|spec| (spec.name.clone(), read(spec))).collect() }
}

fn absence(record: &Record, spec: &OutputSpec) -> String {
    let mut artifacts = record.outcome.iter().flat_map(|outcome| &outcome.artifacts);
    if artifacts.any(|artifact| artifact.name == spec.name && artifact.path.is_none()) {
        return format!("of `{}` only the digest was kept", spec.name);
    }
    format!("the run left no `{}`", spec.name)
}
