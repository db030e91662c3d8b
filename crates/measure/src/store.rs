//! Finished blocks: `.ferrobench/blocks/<key>/`, whole under their final name or not there.
//! Unfinished ones: `.ferrobench/attempts/<key>/<n>/`, counted and never analysed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use schema::SCHEMA_VERSION;
use schema::digest;
use schema::fault::{Fault, Faults};
use schema::files::{cannot, create_folder, state_folder, sync_folder, write_whole};
use schema::id::Id;
use schema::manifest::{MANIFEST, Manifest, ManifestFile, ManifestKind};

/// In a block's folder of attempts: the number of the latest.
const LAST: &str = "last";
/// A block's evidence of earlier tries is bounded: the newest so many are kept.
const UNFINISHED_KEPT: usize = 3;
const SET_ASIDE_KEPT: usize = 2;

#[derive(Clone, Debug)]
pub struct Store {
    state: PathBuf,
    key: String,
}

/// What the store has for a block.
#[derive(Debug)]
pub enum Found {
    Finished(Manifest),
    /// There, but not as its manifest says.
    Damaged(Faults),
    Nothing,
}

impl Store {
    /// `key`: sha256 of the block file.
    pub fn new(root: &Path, key: &str) -> Self {
        Self { state: state_folder(root), key: key.to_owned() }
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn finished_folder(&self) -> PathBuf {
        self.state.join("blocks").join(&self.key)
    }

    /// What whoever measures this block locks, on whichever machine.
    pub fn lock_file(&self) -> Result<PathBuf, Fault> {
        let attempts = self.attempts_folder();
        create_folder(&attempts)?;
        Ok(attempts.join("lock"))
    }

    fn attempts_folder(&self) -> PathBuf {
        self.state.join("attempts").join(&self.key)
    }

    pub fn look(&self) -> Found {
        let folder = self.finished_folder();
        if !folder.is_dir() {
            return Found::Nothing;
        }
        match verify(&folder, &self.key) {
            Ok(manifest) => Found::Finished(manifest),
            Err(faults) => Found::Damaged(faults),
        }
    }

    fn set_aside_folder(&self) -> PathBuf {
        self.state.join("set_aside").join(&self.key)
    }

    /// Moves what lies under the block's name out of the way, kept for whoever wants to look.
    pub fn set_aside(&self) -> Result<PathBuf, Fault> {
        let folder = self.set_aside_folder();
        create_folder(&folder)?;
        let target = folder.join((numbers_in(&folder).max().unwrap_or(0) + 1).to_string());
        let source = self.finished_folder();
        fs::rename(&source, &target).map_err(|error| cannot("set aside", &source, &error))?;
        keep_newest(&folder, SET_ASIDE_KEPT)?;
        Ok(target)
    }

    /// A new folder for the next attempt, and its number: 1 more than that of any earlier one, kept or
    /// not. Of the unfinished ones before it the newest are kept.
    pub fn begin_attempt(&self) -> Result<(u32, PathBuf), Fault> {
        let attempts = self.attempts_folder();
        create_folder(&attempts)?;
        let number = last_attempt(&attempts) + 1;
        write_whole(&attempts.join(LAST), number.to_string().as_bytes())?;
        keep_newest(&attempts, UNFINISHED_KEPT)?;
        let folder = attempts.join(number.to_string());
        fs::create_dir(&folder).map_err(|error| cannot("create", &folder, &error))?;
        sync_folder(&attempts)?;
        Ok((number, folder))
    }

    /// Makes an attempt the finished block: the manifest last, everything synced, then one rename.
    /// A block that was measured afresh replaces the older one, which is set aside.
    pub fn finish(&self, attempt: u32, folder: &Path, block: &Id) -> Result<(), Fault> {
        let mut files = Vec::new();
        list(folder, folder, &mut files)?;
        files.sort();
        let manifest = Manifest {
            schema_version: SCHEMA_VERSION.to_owned(),
            kind: ManifestKind::Block,
            id: block.clone(),
            key: Some(self.key.clone()),
            attempt: Some(attempt),
            files,
        };
        schema::document::write(&folder.join(MANIFEST), &manifest)?;
        let blocks = self.state.join("blocks");
        create_folder(&blocks)?;
        let target = self.finished_folder();
        if target.exists() {
            self.set_aside()?;
        }
        fs::rename(folder, &target).map_err(|error| cannot("move the block to", &target, &error))?;
        sync_folder(&blocks)
    }

    /// Copies the finished block to `OUT/<block_id>/`, whole or not at all.
    pub fn copy_to(&self, manifest: &Manifest, out: &Path) -> Result<(), Fault> {
        create_folder(out)?;
        let temporary = out.join(format!(".{}.{}.partial", manifest.id, std::process::id()));
        let target = out.join(manifest.id.as_str());
        let source = self.finished_folder();
        for file in &manifest.files {
            copy_synced(&source.join(&file.path), &temporary.join(&file.path))?;
        }
        copy_synced(&source.join(MANIFEST), &temporary.join(MANIFEST))?;
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|error| cannot("replace", &target, &error))?;
        }
        fs::rename(&temporary, &target).map_err(|error| cannot("write", &target, &error))?;
        sync_folder(out)
    }
}

/// Checks a finished block's folder against its manifest: every file that it names, by size and digest.
pub fn verify(folder: &Path, key: &str) -> Result<Manifest, Faults> {
    let path = folder.join(MANIFEST);
    let manifest: Manifest = schema::document::read(&path)?;
    let mut faults = Faults::default();
    if manifest.key.as_deref() != Some(key) {
        faults.push(Fault::new(path.display().to_string(), format!("is the manifest of another block than {key}")));
    }
    faults.0.extend(manifest.damage(folder));
    faults.into_result()?;
    Ok(manifest)
}

/// Every file below `folder`, synced, with size and digest.
fn list(root: &Path, folder: &Path, files: &mut Vec<ManifestFile>) -> Result<(), Fault> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| cannot("read", folder, &error))?.path();
        if path.is_dir() {
            list(root, &path, files)?;
            continue;
        }
        File::open(&path).and_then(|file| file.sync_all()).map_err(|error| cannot("sync", &path, &error))?;
        let bytes = fs::metadata(&path).map_err(|error| cannot("read", &path, &error))?.len();
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        files.push(ManifestFile { path: relative, bytes, sha256: digest::of_file(&path)? });
    }
    sync_folder(folder)
}

fn copy_synced(source: &Path, target: &Path) -> Result<(), Fault> {
    if let Some(folder) = target.parent() {
        create_folder(folder)?;
    }
    let copy = || -> io::Result<()> {
        let mut output = File::create(target)?;
        io::copy(&mut File::open(source)?, &mut output)?;
        output.sync_all()
    };
    copy().map_err(|error| cannot("write", target, &error))
}

fn last_attempt(attempts: &Path) -> u32 {
    let noted = fs::read_to_string(attempts.join(LAST)).ok().and_then(|text| text.trim().parse().ok());
    noted.unwrap_or(0).max(numbers_in(attempts).max().unwrap_or(0))
}

/// Removes the oldest of a folder's numbered folders.
fn keep_newest(folder: &Path, kept: usize) -> Result<(), Fault> {
    let mut numbers: Vec<u32> = numbers_in(folder).collect();
    numbers.sort_unstable_by(|one, two| two.cmp(one));
    for number in numbers.into_iter().skip(kept) {
        let path = folder.join(number.to_string());
        fs::remove_dir_all(&path).map_err(|error| cannot("remove", &path, &error))?;
    }
    Ok(())
}

fn numbers_in(folder: &Path) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished() -> (tempfile::TempDir, Store, Manifest) {
        let root = tempfile::tempdir().expect("a temporary folder");
        let store = Store::new(root.path(), "k1");
        let (number, folder) = store.begin_attempt().expect("begun");
        fs::create_dir_all(folder.join("runs/r1/outputs")).expect("created");
        fs::write(folder.join("records.jsonl"), "{}\n").expect("written");
        fs::write(folder.join("runs/r1/outputs/a.npy"), "xyz").expect("written");
        store.finish(number, &folder, &Id::new("b").expect("an id")).expect("finished");
        let Found::Finished(manifest) = store.look() else { panic!("{:?}", store.look()) };
        (root, store, manifest)
    }

    #[test]
    fn a_finished_block_is_found_and_copied_whole() {
        let (root, store, manifest) = finished();
        let paths: Vec<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["records.jsonl", "runs/r1/outputs/a.npy"]);
        assert_eq!(manifest.attempt, Some(1));
        let out = root.path().join("out");
        store.copy_to(&manifest, &out).expect("copied");
        store.copy_to(&manifest, &out).expect("copied over the first copy");
        verify(&out.join("b"), "k1").expect("the copy is whole");
        assert_eq!(fs::read_dir(&out).expect("the folder").count(), 1);
    }

    #[test]
    fn every_kind_of_damage_is_named() {
        for damage in [
            |folder: &Path| fs::write(folder.join("records.jsonl"), "{"),
            |folder: &Path| fs::write(folder.join("records.jsonl"), "[]\n"),
            |folder: &Path| fs::remove_file(folder.join("runs/r1/outputs/a.npy")),
            |folder: &Path| fs::remove_file(folder.join(MANIFEST)),
            |folder: &Path| fs::write(folder.join(MANIFEST), ""),
        ] {
            let (_root, store, _) = finished();
            damage(&store.finished_folder()).expect("damaged");
            assert!(matches!(store.look(), Found::Damaged(_)), "{:?}", store.look());
        }
    }

    #[test]
    fn attempts_are_numbered_through_whatever_became_of_the_earlier_ones() {
        let (_root, store, _) = finished();
        store.set_aside().expect("set aside");
        assert!(matches!(store.look(), Found::Nothing));
        let (second, _) = store.begin_attempt().expect("begun");
        let (third, _) = store.begin_attempt().expect("begun");
        assert_eq!((second, third), (2, 3));
    }

    #[test]
    fn of_many_earlier_tries_the_newest_are_kept_and_no_number_comes_twice() {
        let (root, store, _) = finished();
        let numbers: Vec<u32> = (0..6).map(|_| store.begin_attempt().expect("begun").0).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, 7]);
        let attempts = root.path().join(".ferrobench/attempts/k1");
        let mut kept: Vec<u32> = numbers_in(&attempts).collect();
        kept.sort_unstable();
        assert_eq!(kept, [4, 5, 6, 7], "three unfinished ones and the one that was begun");
        fs::remove_dir_all(attempts.join("7")).expect("removed");
        assert_eq!(store.begin_attempt().expect("begun").0, 8);
    }

    #[test]
    fn what_is_set_aside_is_bounded() {
        let (root, store, _) = finished();
        for _ in 0..4 {
            store.set_aside().expect("set aside");
            let (number, folder) = store.begin_attempt().expect("begun");
            store.finish(number, &folder, &Id::new("b").expect("an id")).expect("finished");
        }
        assert_eq!(numbers_in(&root.path().join(".ferrobench/set_aside/k1")).count(), SET_ASIDE_KEPT);
    }
}
