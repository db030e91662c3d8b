//! Each run's quality: the task's metrics, from the run's outputs and the prepared data.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use datasets::manifest;
use metrics::metric::{self, Metric, Rows};
use metrics::output::Output;
use schema::block::Block;
use schema::data::{DataFile, DataManifest};
use schema::evaluation::{Better, Evaluation, MetricValue};
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::task::{MetricUse, Target, TaskSpec};
use schema::{SCHEMA_VERSION, digest};

use crate::folds;
use crate::outputs::RunOutputs;

/// What the outputs are held against: the targets, read once a block.
pub(crate) struct Scale {
    targets: BTreeMap<Id, Targets>,
    /// By metric and output: most rounds of an arm leave the same, and a silhouette takes seconds.
    known: RefCell<BTreeMap<(Id, String), Vec<MetricValue>>>,
}

/// Fold after fold, as a run's outputs hold them; one fold where rows are split once.
struct Targets {
    folds: Vec<Vec<f64>>,
    columns: usize,
}

impl Targets {
    fn rows(&self, fold: &[f64]) -> usize {
        fold.len() / self.columns
    }
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
        let uses = task
            .metrics_of(&block.cell.algorithm)
            .filter_map(|metric| Some((metric.id.clone(), metric.target.as_ref()?)));
        let targets = uses.map(|(id, target)| Ok((id, data.targets(target, &block.cell.split)?)));
        Ok(Self { targets: targets.collect::<Result<_, Fault>>()?, known: RefCell::default() })
    }

    pub(crate) fn evaluate(&self, run: &RunOutputs<'_>, task: &TaskSpec, algorithm: &Id) -> Evaluation {
        let values: Vec<(Id, Vec<MetricValue>)> =
            task.metrics_of(algorithm).map(|metric| (metric.id.clone(), self.values(run, metric))).collect();
        let count = values.iter().map(|(_, folds)| folds.len()).max().unwrap_or(0);
        let fold = |index: usize| {
            values.iter().filter_map(|(id, folds)| Some((id.clone(), folds.get(index)?.clone()))).collect()
        };
        Evaluation {
            schema_version: SCHEMA_VERSION.to_owned(),
            run_id: run.record.identity.run_id.clone(),
            metrics: values.iter().map(|(id, folds)| (id.clone(), folds::mean(folds))).collect(),
            folds: if count > 1 { (0..count).map(fold).collect() } else { Vec::new() },
            sd_over_folds: values.iter().filter_map(|(id, folds)| Some((id.clone(), folds::sd(folds)?))).collect(),
        }
    }

    /// One value a fold; one alone where there is none to compute.
    fn values(&self, run: &RunOutputs<'_>, wanted: &MetricUse) -> Vec<MetricValue> {
        let Some(metric) = metric::find(wanted.id.as_str()) else { return vec![unknown(&wanted.id)] };
        match self.compute(metric, run, wanted) {
            Ok(values) => values,
            Err(reason) => vec![metric.absent(reason)],
        }
    }

    fn compute(&self, metric: &Metric, run: &RunOutputs<'_>, wanted: &MetricUse) -> Result<Vec<MetricValue>, String> {
        let output = run.side(&wanted.output)?;
        if let Output::Lines(lines) = output {
            let value = metric.of_lines(lines).ok_or_else(|| format!("`{}` holds no numbers", wanted.output))?;
            return Ok(vec![value]);
        }
        let predicted = output.numbers().ok_or_else(|| format!("`{}` holds no numbers", wanted.output))?;
        if metric.is_own() {
            return Ok(predicted.iter().map(|value| metric.own(*value)).collect());
        }
        let targets = self.targets.get(&wanted.id).ok_or("the task names no target for it")?;
        let key = (wanted.id.clone(), digest_of(output.shape(), &predicted));
        if let Some(values) = self.known.borrow().get(&key) {
            return Ok(values.clone());
        }
        let values = against(targets, metric, output.shape(), &predicted)?;
        self.known.borrow_mut().insert(key, values.clone());
        Ok(values)
    }
}

fn digest_of(shape: &[u64], values: &[f64]) -> String {
    let bits = shape.iter().copied().chain(values.iter().map(|value| value.to_bits()));
    digest::of_bytes(&bits.flat_map(u64::to_le_bytes).collect::<Vec<u8>>())
}

/// The metric of each fold.
fn against(targets: &Targets, metric: &Metric, shape: &[u64], predicted: &[f64]) -> Result<Vec<MetricValue>, String> {
    let columns = shape.iter().skip(1).product::<u64>() as usize;
    let expected: usize = targets.folds.iter().map(|fold| targets.rows(fold) * columns).sum();
    if targets.folds.len() > 1 && predicted.len() != expected {
        return Err(format!("{} values where the folds' targets have {expected}", predicted.len()));
    }
    let mut rest = predicted;
    let values = targets.folds.iter().map(|target| {
        let length = if targets.folds.len() == 1 { rest.len() } else { targets.rows(target) * columns };
        let (own, after) = rest.split_at(length);
        rest = after;
        metric.value(Rows { values: target, columns: targets.columns }, Rows { values: own, columns })
    });
    Ok(values.collect())
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
    /// The rows of an input that the named part of the block's split picks, or that each fold judges;
    /// all rows where no part is named.
    fn targets(&self, target: &Target, split: &Id) -> Result<Targets, Fault> {
        let input = self.named(&self.manifest.inputs, &target.input, "input")?;
        let output = Output::read_npy(&self.folder.join(&input.path), u64::MAX)?;
        let values = output.numbers().unwrap_or_default();
        let columns = output.shape().iter().skip(1).product::<u64>().max(1) as usize;
        let Some(part) = &target.split else { return Ok(Targets { folds: vec![values], columns }) };
        let scheme = self.manifest.splits.iter().find(|scheme| scheme.name == *split);
        let scheme = scheme.ok_or_else(|| self.fault(format!("has no split `{split}`")))?;
        let parts: Vec<&DataFile> = if scheme.is_folds() {
            scheme.parts.iter().collect()
        } else {
            vec![self.named(&scheme.parts, part, "part")?]
        };
        let folds = parts.into_iter().map(|part| self.rows_of(&values, columns, part, &input.name));
        Ok(Targets { folds: folds.collect::<Result<_, Fault>>()?, columns })
    }

    fn rows_of(&self, values: &[f64], columns: usize, part: &DataFile, input: &Id) -> Result<Vec<f64>, Fault> {
        let rows = manifest::read::<i64>(self.folder, part)?.values;
        let row = |row: &i64| values.chunks_exact(columns).nth(usize::try_from(*row).ok()?);
        let picked: Option<Vec<&[f64]>> = rows.iter().map(row).collect();
        let picked = picked.map(|rows| rows.concat());
        picked.ok_or_else(|| self.fault(format!("the rows of part `{}` reach beyond `{input}`", part.name)))
    }

    fn named<'f>(&self, files: &'f [DataFile], name: &Id, kind: &str) -> Result<&'f DataFile, Fault> {
        files.iter().find(|file| file.name == *name).ok_or_else(|| self.fault(format!("has no {kind} `{name}`")))
    }

    fn fault(&self, what: String) -> Fault {
        Fault::new(self.folder.join(manifest::MANIFEST).display().to_string(), what)
    }
}
