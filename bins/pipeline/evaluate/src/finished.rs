//! A finished block's folder, accepted only as its manifest describes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schema::block::Block;
use schema::document;
use schema::fault::{Fault, Faults};
use schema::id::ArmId;
use schema::manifest::{BLOCK, Manifest, RECORDS};
use schema::record::{self, Record, Status};
use schema::task::TaskSpec;

pub(crate) struct FinishedBlock {
    folder: PathBuf,
    pub(crate) block: Block,
    /// Those that count: of a round that was run again, the last.
    pub(crate) records: Vec<Record>,
    manifest: Manifest,
}

impl FinishedBlock {
    pub(crate) fn load(folder: &Path) -> Result<Self, Faults> {
        let manifest = Manifest::of_finished_block(folder)?;
        let block: Block = document::read(&folder.join(BLOCK))?;
        let records: Vec<Record> = document::read_lines(&folder.join(RECORDS))?;
        let finished = Self { folder: folder.to_owned(), block, records, manifest };
        finished.check_records().into_result()?;
        let (records, _run_again) = record::split_counted(finished.records, Record::round_and_repeat);
        Ok(Self { records, ..finished })
    }

    /// Every record is of this block, and no arm has two in one round, unless it was run again.
    fn check_records(&self) -> Faults {
        let mut faults = Faults::default();
        let mut seen: BTreeMap<(u32, u32, &ArmId), &str> = BTreeMap::new();
        let place = self.folder.join(RECORDS).display().to_string();
        for record in &self.records {
            let identity = &record.identity;
            if identity.block_id != self.block.block_id {
                let what = format!("run {} belongs to block {}", identity.run_id, identity.block_id);
                faults.push(Fault::new(&place, what));
            }
            if let Some(other) = seen.insert((identity.round, identity.repeat, &identity.arm), &identity.run_id) {
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
