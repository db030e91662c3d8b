//! A finished block's folder, accepted only as its manifest describes it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use schema::block::Block;
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::id::ArmId;
use schema::manifest::{MANIFEST, Manifest, ManifestFile, ManifestKind, RECORDS};
use schema::record::{Record, Status};
use schema::task::TaskSpec;
use schema::{SCHEMA_VERSION, digest, document};

pub(crate) struct FinishedBlock {
    folder: PathBuf,
    pub(crate) block: Block,
    pub(crate) records: Vec<Record>,
    manifest: Manifest,
}

impl FinishedBlock {
    pub(crate) fn load(folder: &Path) -> Result<Self, Faults> {
        let place = folder.join(MANIFEST);
        let manifest: Manifest = document::read(&place)?;
        check_version(&place, &manifest.schema_version)?;
        if manifest.kind != ManifestKind::Block {
            return Err(Fault::new(place.display().to_string(), "is no block's manifest").into());
        }
        let faults = manifest.files.iter().filter_map(|file| verify(folder, file).err()).collect();
        Faults(faults).into_result()?;
        for name in ["block.json", RECORDS] {
            if !manifest.files.iter().any(|file| file.path == name) {
                return Err(Fault::new(place.display().to_string(), format!("does not name `{name}`")).into());
            }
        }
        let block: Block = document::read(&folder.join("block.json"))?;
        let records: Vec<Record> = document::read_lines(&folder.join(RECORDS))?;
        let finished = Self { folder: folder.to_owned(), block, records, manifest };
        finished.check_records().into_result()?;
        Ok(finished)
    }

    /// Every record is of this block, and no arm has two in one round.
    fn check_records(&self) -> Faults {
        let mut faults = Faults::default();
        let mut seen: BTreeMap<(u32, &ArmId), &str> = BTreeMap::new();
        let place = self.folder.join(RECORDS).display().to_string();
        for record in &self.records {
            let identity = &record.identity;
            if let Err(fault) = check_version(Path::new(&place), &identity.schema_version) {
                faults.push(fault);
            }
            if identity.block_id != self.block.block_id {
                let what = format!("run {} belongs to block {}", identity.run_id, identity.block_id);
                faults.push(Fault::new(&place, what));
            }
            if let Some(other) = seen.insert((identity.round, &identity.arm), &identity.run_id) {
                let what =
                    format!("round {} of {} twice: {other} and {}", identity.round, identity.arm, identity.run_id);
                faults.push(Fault::new(&place, what));
            }
        }
        faults
    }

    pub(crate) fn check_task(&self, task: &TaskSpec) -> Result<(), Fault> {
        if self.block.cell.task == task.task {
            return Ok(());
        }
        let place = self.folder.display().to_string();
        Err(Fault::new(place, format!("is a block of task {}, not of {}", self.block.cell.task, task.task))
            .hint(format!("name the task file of {} with --task", self.block.cell.task)))
    }

    pub(crate) fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        let last = self.records.iter().map(|record| record.identity.round).max();
        0..last.map_or(0, |last| last + 1)
    }

    pub(crate) fn ok_record(&self, round: u32, arm: &ArmId) -> Option<&Record> {
        self.records
            .iter()
            .find(|record| record.identity.round == round && record.identity.arm == *arm && record.status == Status::Ok)
    }

    pub(crate) fn run_folder(&self, record: &Record) -> PathBuf {
        self.folder.join("runs").join(&record.identity.run_id)
    }

    /// Whether the manifest names the file: what it does not name does not belong to the block.
    pub(crate) fn names(&self, path: &Path) -> bool {
        self.manifest.files.iter().any(|file| self.folder.join(&file.path) == path)
    }
}

fn check_version(place: &Path, version: &str) -> Result<(), Fault> {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version) == major(SCHEMA_VERSION) {
        return Ok(());
    }
    let place = place.display().to_string();
    Err(Fault::new(place, format!("schema version {version}; this program reads {SCHEMA_VERSION}"))
        .hint("use the version of Ferrobench that wrote it, or measure again"))
}

fn verify(folder: &Path, file: &ManifestFile) -> Result<(), Fault> {
    let path = folder.join(&file.path);
    let damaged = |what: String| {
        Err(Fault::new(path.display().to_string(), what).hint("the block is damaged: measure it again with --fresh"))
    };
    if !Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_))) {
        return damaged("a manifest may only name files inside its folder".to_owned());
    }
    let bytes = std::fs::symlink_metadata(&path).map_err(|error| cannot("read", &path, &error))?.len();
    if bytes != file.bytes {
        return damaged(format!("{bytes} bytes where the manifest says {}", file.bytes));
    }
    let sha256 = digest::of_file(&path)?;
    if sha256 != file.sha256 {
        return damaged(format!("sha256 {sha256} where the manifest says {}", file.sha256));
    }
    Ok(())
}
