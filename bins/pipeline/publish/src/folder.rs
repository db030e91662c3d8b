//! A study's folder under results/: whose it is, and how it comes to hold exactly the new files.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};

use schema::digest;
use schema::document;
use schema::fault::{Fault, Faults};
use schema::files::{cannot, create_folder, sync_folder, write_whole_with};
use schema::id::Id;
use schema::manifest::{MANIFEST, Manifest, ManifestFile, ManifestKind};

use crate::content::Item;

/// Written first and removed last: what a publication that was cut short meant to write. Without
/// it the next one could not tell its own files from a person's.
const INTENTION: &str = ".publishing.json";

pub(crate) struct Folder {
    path: PathBuf,
    study: Id,
    /// The files of earlier publications of this study.
    owned: BTreeSet<String>,
    /// Held while this process publishes; ends with it.
    _lock: File,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) written: u32,
    pub(crate) unchanged: u32,
}

impl Folder {
    /// Refuses a folder that is not this study's, before anything in it is touched.
    pub(crate) fn open(outdir: &Path, study: &Id) -> Result<Self, Faults> {
        let path = outdir.join(study.as_str());
        refuse_link(&path)?;
        let mut owned = BTreeSet::new();
        let mut ours = false;
        for name in [MANIFEST, INTENTION] {
            if let Some(files) = files_of(&path.join(name), study)? {
                owned.extend(files);
                ours = true;
            }
        }
        if !ours && holds_anything(&path)? {
            return Err(Fault::new(
                path.display().to_string(),
                "holds files, and no manifest says that a study put them there",
            )
            .hint("choose another --outdir, or move the files away")
            .into());
        }
        create_folder(&path)?;
        let lock = File::open(&path).map_err(|error| cannot("open", &path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, study: study.clone(), owned, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Fault::new(path.display().to_string(), "another run is publishing here")
                    .hint("wait for it to end, or choose another --outdir")
                    .into())
            }
            Err(TryLockError::Error(error)) => Err(cannot("lock", &path, &error).into()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn publish(&self, items: &[Item]) -> Result<Change, Fault> {
        let manifest = Manifest {
            schema_version: schema::SCHEMA_VERSION.to_owned(),
            kind: ManifestKind::Study,
            id: self.study.clone(),
            key: None,
            attempt: None,
            files: items.iter().map(|item| item.file.clone()).collect(),
        };
        let mut change = Change::default();
        let missing: Vec<&Item> = items.iter().filter(|item| !self.holds(&item.file)).collect();
        change.unchanged = (items.len() - missing.len()) as u32;
        let stale: Vec<&String> =
            self.owned.iter().filter(|path| !items.iter().any(|item| item.file.path == **path)).collect();
        if missing.is_empty() && stale.is_empty() && self.has_manifest(&manifest) {
            return Ok(change);
        }
        self.announce(&manifest, &stale)?;
        for item in missing {
            self.write(item)?;
            change.written += 1;
        }
        for path in stale {
            self.remove(path)?;
        }
        document::write(&self.path.join(MANIFEST), &manifest)?;
        let intention = self.path.join(INTENTION);
        fs::remove_file(&intention).map_err(|error| cannot("remove", &intention, &error))?;
        sync_folder(&self.path)?;
        Ok(change)
    }

    /// The new files, and the old ones that are still to be removed.
    fn announce(&self, manifest: &Manifest, stale: &[&String]) -> Result<(), Fault> {
        let mut intention = manifest.clone();
        let old = |path: &&String| ManifestFile { path: (*path).clone(), bytes: 0, sha256: String::new() };
        intention.files.extend(stale.iter().map(old));
        document::write(&self.path.join(INTENTION), &intention)
    }

    fn holds(&self, file: &ManifestFile) -> bool {
        let path = self.path.join(&file.path);
        let as_long = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == file.bytes);
        as_long && digest::of_file(&path).is_ok_and(|sha256| sha256 == file.sha256)
    }

    fn has_manifest(&self, manifest: &Manifest) -> bool {
        let intended = self.path.join(INTENTION).exists();
        let found: Result<Manifest, Faults> = document::read(&self.path.join(MANIFEST));
        !intended && found.is_ok_and(|found| document::canonical(&found) == document::canonical(manifest))
    }

    /// Copies by the write rule, then reads the copy back.
    fn write(&self, item: &Item) -> Result<(), Fault> {
        let target = self.path.join(&item.file.path);
        self.refuse_links_on_the_way_to(&item.file.path)?;
        if let Some(parent) = target.parent() {
            create_folder(parent)?;
        }
        let mut source = File::open(&item.source).map_err(|error| cannot("read", &item.source, &error))?;
        write_whole_with(&target, |file| io::copy(&mut source, file).map(|_| ()))?;
        if self.holds(&item.file) {
            return Ok(());
        }
        Err(Fault::new(target.display().to_string(), format!("the copy differs from {}", item.source.display())))
    }

    /// Only what an earlier manifest named, and folders that are empty without it.
    fn remove(&self, path: &str) -> Result<(), Fault> {
        self.refuse_links_on_the_way_to(path)?;
        let target = self.path.join(path);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot("remove", &target, &error)),
            _ => {}
        }
        let inside = target.ancestors().skip(1).take_while(|folder| *folder != self.path);
        for folder in inside {
            // Fails, as it should, where something else is left in it.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn refuse_links_on_the_way_to(&self, path: &str) -> Result<(), Fault> {
        let mut way = self.path.clone();
        for part in Path::new(path).parent().into_iter().flat_map(Path::components) {
            way.push(part);
            refuse_link(&way)?;
        }
        Ok(())
    }
}

/// A link could lead every write and removal to somewhere else.
fn refuse_link(path: &Path) -> Result<(), Fault> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink()) {
        return Err(
            Fault::new(path.display().to_string(), "is a symbolic link").hint("name the folder itself as --outdir")
        );
    }
    Ok(())
}

fn holds_anything(path: &Path) -> Result<bool, Fault> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(cannot("read", path, &error)),
    }
}

/// The files that a manifest of this study names; none where there is no manifest.
fn files_of(path: &Path, study: &Id) -> Result<Option<Vec<String>>, Faults> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let foreign = |what: &str| {
        Fault::new(path.display().to_string(), what).hint("choose another --outdir, or move the folder away")
    };
    let manifest: Manifest = document::read(path).map_err(|_| foreign("is no manifest of a study"))?;
    if manifest.kind != ManifestKind::Study || manifest.id != *study {
        return Err(foreign(&format!("belongs to `{}`, not to study `{study}`", manifest.id)).into());
    }
    let files: Vec<String> = manifest.files.into_iter().map(|file| file.path).collect();
    let plain = |file: &String| {
        !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)))
    };
    match files.iter().find(|file| !plain(file)) {
        Some(outside) => Err(foreign(&format!("names `{outside}`, which is no path inside the folder")).into()),
        None => Ok(Some(files)),
    }
}
