//! A finished block's folder, accepted only as its manifest describes it.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use schema::block::Block;
use schema::evaluation::{Evaluation, Parity};
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::id::ArmId;
use schema::manifest::{MANIFEST, Manifest, ManifestFile, ManifestKind, RECORDS};
use schema::record::Record;
use schema::{SCHEMA_VERSION, digest, document};

/// A study has at most 1000 rounds; a number far beyond is damage, and would be allocated for.
const ROUNDS_MAX: u32 = 10_000;

#[derive(Debug)]
pub(crate) struct FinishedBlock {
    pub(crate) block: Block,
    /// Of the attempt that finished the block, by round and place in it.
    pub(crate) records: Vec<Record>,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) parity: Vec<Parity>,
}

impl FinishedBlock {
    /// `evaluation` is what `evaluate` made of the block; where it is not there, nothing is known of
    /// quality and parity.
    pub(crate) fn read(folder: &Path, evaluation: &Path) -> Result<Self, Faults> {
        let manifest = verified_manifest(folder)?;
        let block: Block = document::read(&folder.join("block.json"))?;
        let place = folder.join(RECORDS);
        let mut records: Vec<Record> = document::read_lines(&place)?;
        if let Some(attempt) = manifest.attempt {
            records.retain(|record| record.identity.attempt == attempt);
        }
        records.sort_by_key(|record| (record.identity.round, record.identity.position));
        check_records(&block, &records, &place.display().to_string()).into_result()?;
        let there = |name: &str| Some(evaluation.join(name)).filter(|path| path.exists());
        let finished = Self {
            evaluations: there("evaluations.jsonl").map_or(Ok(Vec::new()), |path| document::read_lines(&path))?,
            parity: there("parity.jsonl").map_or(Ok(Vec::new()), |path| document::read_lines(&path))?,
            block,
            records,
        };
        finished.check_evaluations(evaluation).into_result()?;
        Ok(finished)
    }

    fn check_evaluations(&self, folder: &Path) -> Faults {
        let place = folder.display().to_string();
        let mut faults = Faults::default();
        for evaluation in &self.evaluations {
            check_version(&place, &evaluation.schema_version, &mut faults);
            if !self.records.iter().any(|record| record.identity.run_id == evaluation.run_id) {
                faults.push(Fault::new(
                    &place,
                    format!("evaluates run {}, which is not in the block", evaluation.run_id),
                ));
            }
        }
        for parity in &self.parity {
            check_version(&place, &parity.schema_version, &mut faults);
            if parity.block_id != self.block.block_id {
                faults.push(Fault::new(&place, format!("holds parity of block {}", parity.block_id)));
            }
        }
        faults
    }
}

/// The manifest of the block in `folder`, after every file that it names was found whole.
fn verified_manifest(folder: &Path) -> Result<Manifest, Faults> {
    let path = folder.join(MANIFEST);
    let place = path.display().to_string();
    let manifest: Manifest = document::read(&path)?;
    let mut faults = Faults::default();
    check_version(&place, &manifest.schema_version, &mut faults);
    if manifest.kind != ManifestKind::Block {
        faults.push(Fault::new(&place, "is no block's manifest"));
    }
    for name in ["block.json", RECORDS] {
        if !manifest.files.iter().any(|file| file.path == name) {
            faults.push(Fault::new(&place, format!("does not name `{name}`")));
        }
    }
    faults.0.extend(manifest.files.iter().filter_map(|file| verify(folder, file).err()));
    faults.into_result()?;
    Ok(manifest)
}

fn verify(folder: &Path, file: &ManifestFile) -> Result<(), Fault> {
    let path = folder.join(&file.path);
    let damaged = |what: String| {
        let hint = "the block is damaged: measure it again with --fresh";
        Err(Fault::new(path.display().to_string(), what).hint(hint))
    };
    if !Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_))) {
        return damaged("a manifest may only name files inside its folder".to_owned());
    }
    let bytes = std::fs::metadata(&path).map_err(|error| cannot("read", &path, &error))?.len();
    if bytes != file.bytes {
        return damaged(format!("{bytes} bytes where the manifest says {}", file.bytes));
    }
    let sha256 = digest::of_file(&path)?;
    if sha256 != file.sha256 {
        return damaged(format!("sha256 {sha256} where the manifest says {}", file.sha256));
    }
    Ok(())
}

/// Every planned run has its record, every record is of this block, and none is there twice.
fn check_records(block: &Block, records: &[Record], place: &str) -> Faults {
    let mut faults = Faults::default();
    check_version(place, &block.schema_version, &mut faults);
    let mut runs: BTreeSet<&str> = BTreeSet::new();
    let mut places: BTreeSet<(u32, &ArmId)> = BTreeSet::new();
    for record in records {
        let identity = &record.identity;
        check_version(place, &identity.schema_version, &mut faults);
        if (&identity.block_id, &identity.study, &identity.cell_id)
            != (&block.block_id, &block.study, &block.cell.cell_id)
        {
            let whose = format!("block {}, cell {} of study {}", identity.block_id, identity.cell_id, identity.study);
            faults.push(Fault::new(place, format!("run {} belongs to {whose}", identity.run_id)));
        }
        if identity.round >= ROUNDS_MAX {
            faults.push(Fault::new(place, format!("run {} is of round {}", identity.run_id, identity.round)));
        }
        if !block.arms.iter().any(|arm| arm.facts.arm == identity.arm) {
            faults.push(Fault::new(
                place,
                format!("run {} is of {}, no arm of the block", identity.run_id, identity.arm),
            ));
        }
        if !runs.insert(&identity.run_id) || !places.insert((identity.round, &identity.arm)) {
            let what = format!("run {} (round {} of {}) is there twice", identity.run_id, identity.round, identity.arm);
            faults.push(Fault::new(place, what));
        }
    }
    let planned = block.rounds.iter().flatten().map(|run| run.run_id.as_str());
    let missing: Vec<&str> = planned.filter(|run| !runs.contains(run)).collect();
    if let Some(first) = missing.first() {
        let what = format!("{} planned runs have no record, the first is {first}", missing.len());
        faults.push(Fault::new(place, what).hint("the block is not finished: start again with -resume"));
    }
    faults
}

pub(crate) fn check_version(place: &str, version: &str, faults: &mut Faults) {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version) != major(SCHEMA_VERSION) {
        let fault = Fault::new(place, format!("schema version {version}; this program reads {SCHEMA_VERSION}"))
            .hint("use the version of Ferrobench that wrote it, or measure again");
        if !faults.0.contains(&fault) {
            faults.push(fault);
        }
    }
}
