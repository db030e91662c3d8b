//! Each run's quality: the task's metrics, from the run's outputs and the prepared data.

use std::collections::BTreeMap;
use std::path::Path;

use datasets::manifest;
use metrics::metric::{self, Metric};
use metrics::output::Output;
use schema::SCHEMA_VERSION;
use schema::block::Block;
use schema::data::{DataFile, DataManifest};
use schema::evaluation::{Better, Evaluation, MetricValue};
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::task::{MetricUse, Target, TaskSpec};

use crate::outputs::RunOutputs;

/// What the outputs are held against: the targets, read once a block.
pub(crate) struct Scale {
    targets: BTreeMap<Id, Vec<f64>>,
}

impl Scale {
    /// The targets of every metric, from the block's data, verified against the block file.
    pub(crate) fn load(root: &Path, block: &Block, task: &TaskSpec) -> Result<Self, Faults> {
        let folder = root.join(&block.data.folder);
        let manifest = manifest::load(&folder)?;
        for input in &manifest.inputs {
            let planned = block.data.inputs.get(input.name.as_str());
            if planned.is_some_and(|sha256| *sha256 != input.sha256) {
                let what =
                    format!("input `{}` is not the one that block {} was measured on", input.name, block.block_id);
                return Err(Fault::new(folder.display().to_string(), what)
                    .hint("prepare the data of that study again")
                    .into());
            }
        }
        let data = Data { folder: &folder, manifest: &manifest };
        let uses = task.metrics.iter().filter_map(|metric| Some((metric.id.clone(), metric.target.as_ref()?)));
        let targets = uses.map(|(id, target)| Ok((id, data.target(target, &block.cell.split)?)));
        Ok(Self { targets: targets.collect::<Result<_, Fault>>()? })
    }

    pub(crate) fn evaluate(&self, run: &RunOutputs<'_>, task: &TaskSpec) -> Evaluation {
        let metrics = task.metrics.iter().map(|metric| (metric.id.clone(), self.value(run, metric)));
        Evaluation {
            schema_version: SCHEMA_VERSION.to_owned(),
            run_id: run.record.identity.run_id.clone(),
            metrics: metrics.collect(),
        }
    }

    fn value(&self, run: &RunOutputs<'_>, wanted: &MetricUse) -> MetricValue {
        let Some(metric) = metric::find(wanted.id.as_str()) else { return unknown(&wanted.id) };
        match self.compute(metric, run, wanted) {
            Ok(value) => value,
            Err(reason) => metric.absent(reason),
        }
    }

    fn compute(&self, metric: &Metric, run: &RunOutputs<'_>, wanted: &MetricUse) -> Result<MetricValue, String> {
        let output = run.side(&wanted.output)?;
        let predicted = output.numbers().ok_or_else(|| format!("`{}` holds no numbers", wanted.output))?;
        let target = self.targets.get(&wanted.id).ok_or("the task names no target for it")?;
        Ok(metric.value(target, &predicted))
    }
}

fn unknown(id: &Id) -> MetricValue {
    let known: Vec<&str> = metric::METRICS.iter().map(|metric| metric.id).collect();
    let reason = format!("no metric `{id}` is known; known: {}", known.join(", "));
    MetricValue { value: None, reason: Some(reason), unit: String::new(), better: Better::Neither }
}

struct Data<'a> {
    folder: &'a Path,
    manifest: &'a DataManifest,
}

impl Data<'_> {
    /// The rows of an input that a part of the block's split names; all rows where no part is named.
    fn target(&self, target: &Target, split: &Id) -> Result<Vec<f64>, Fault> {
        let input = self.named(&self.manifest.inputs, &target.input, "input")?;
        let output = Output::read_npy(&self.folder.join(&input.path), u64::MAX)?;
        let values = output.numbers().unwrap_or_default();
        let Some(part) = &target.split else { return Ok(values) };
        let scheme = self.manifest.splits.iter().find(|scheme| scheme.name == *split);
        let scheme = scheme.ok_or_else(|| self.fault(format!("has no split `{split}`")))?;
        let part = self.named(&scheme.parts, part, "part")?;
        let rows = manifest::read::<i64>(self.folder, part)?.values;
        let row = |row: &i64| usize::try_from(*row).ok().and_then(|row| values.get(row)).copied();
        let picked: Option<Vec<f64>> = rows.iter().map(row).collect();
        picked.ok_or_else(|| self.fault(format!("the rows of part `{}` reach beyond `{}`", part.name, input.name)))
    }

    fn named<'f>(&self, files: &'f [DataFile], name: &Id, kind: &str) -> Result<&'f DataFile, Fault> {
        files.iter().find(|file| file.name == *name).ok_or_else(|| self.fault(format!("has no {kind} `{name}`")))
    }

    fn fault(&self, what: String) -> Fault {
        Fault::new(self.folder.join(manifest::MANIFEST).display().to_string(), what)
    }
}
