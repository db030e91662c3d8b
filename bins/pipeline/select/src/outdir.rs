//! Where the report will go: found out before anything is measured.

use std::path::Path;

use schema::fault::{Fault, Faults};
use schema::files::{cannot, write_whole};
use schema::id::Id;
use schema::manifest::{MANIFEST, Manifest, ManifestKind};
use schema::{digest, document};

pub(crate) fn check(root: &Path, outdir: &str, study: &Id, faults: &mut Faults) {
    let outdir = root.join(outdir);
    if let Err(fault) = check_writable(&outdir) {
        faults.push(fault);
    }
    check_owner(&outdir.join(study.as_str()), study, faults);
}

/// Tries it on the nearest folder that is there: mode bits do not say what the file system allows.
fn check_writable(outdir: &Path) -> Result<(), Fault> {
    let place = |fault: Fault| Fault { place: format!("--outdir: {}", outdir.display()), ..fault };
    let there = outdir.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    if !there.is_dir() {
        let what = format!("`{}` is a file", there.display());
        return Err(place(Fault::new("", what).hint("choose another folder")));
    }
    let name = format!(".ferrobench-{}", &digest::of_bytes(outdir.as_os_str().as_encoded_bytes())[..16]);
    let trial = there.join(name);
    write_whole(&trial, b"").map_err(place)?;
    std::fs::remove_file(&trial).map_err(|error| place(cannot("remove a file in", there, &error)))
}

/// Results of two studies in one folder would be taken for one.
fn check_owner(folder: &Path, study: &Id, faults: &mut Faults) {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return;
    }
    let hint = "choose another --outdir, or move that folder away";
    match document::read::<Manifest>(&path) {
        Ok(manifest) if manifest.kind == ManifestKind::Study && manifest.id == *study => {}
        Ok(manifest) => {
            let what = format!("holds the results of study `{}`, not of `{study}`", manifest.id);
            faults.push(Fault::new(folder.display().to_string(), what).hint(hint));
        }
        Err(_) => {
            let what = format!("is there, and its {MANIFEST} is not that of a study");
            faults.push(Fault::new(folder.display().to_string(), what).hint(hint));
        }
    }
}
