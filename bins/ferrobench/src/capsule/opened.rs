//! Somebody's capsule: refused unless every file is what its description says.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use schema::digest;
use schema::document;
use schema::fault::{Fault, Faults};
use schema::files::{cannot, create_folder, read_at_most};
use schema::manifest::ManifestFile;
use schema::selection::Selection;
use serde_json::Value;

use super::{METADATA, RESULTS, sound};
use crate::verify::walk;

/// A description of more files than a study can have.
const METADATA_BYTES_MAX: u64 = 64 << 20;

/// What a capsule's results became here.
pub(super) struct Imported {
    pub(super) folder: PathBuf,
    pub(super) selection: Selection,
    pub(super) there_already: bool,
}

pub(crate) fn import(root: &Path, capsule: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let imported = open(root, capsule)?;
    let folder = imported.folder.display();
    let verb = if imported.there_already { "was there already" } else { "imported" };
    writeln!(out, "{verb}: {folder}, study {}", imported.selection.study.study)?;
    writeln!(out, "report: {folder}/report.html")?;
    writeln!(out, "beside a result of yours: ferrobench compare {folder} results/STUDY")?;
    Ok(ExitCode::SUCCESS)
}

/// Verifies a capsule and puts its results under results/imported.
pub(super) fn open(root: &Path, capsule: &Path) -> Result<Imported> {
    let parts = described(capsule)?;
    check(capsule, &parts).into_result()?;
    let results = capsule.join(RESULTS);
    let verified = sound(&results)?;
    let selection: Selection = document::read(&results.join("selection.json"))?;
    let name = format!("{}-{}", verified.manifest.id, &digest::of_document(&verified.manifest)[..8]);
    let folder = root.join("results/imported").join(name);
    // The same manifest and nothing amiss is the same result.
    let there_already = sound(&folder).is_ok();
    if !there_already {
        let inside = |path: &str| path.strip_prefix(RESULTS)?.strip_prefix('/').map(str::to_owned);
        for (part, path) in parts.iter().filter_map(|part| Some((part, inside(&part.path)?))) {
            let to = folder.join(path);
            create_folder(to.parent().unwrap_or(&folder))?;
            fs::copy(capsule.join(&part.path), &to).map_err(|error| cannot("write", &to, &error))?;
        }
        sound(&folder)?;
    }
    Ok(Imported { folder, selection, there_already })
}

/// The files that the capsule's description names, with size and digest.
fn described(capsule: &Path) -> Result<Vec<ManifestFile>> {
    let path = capsule.join(METADATA);
    let place = path.display().to_string();
    if !path.is_file() {
        let fault = Fault::new(capsule.display().to_string(), format!("holds no {METADATA}: it is no capsule"));
        return Err(fault
            .hint("`ferrobench export results/STUDY` makes one; unpack it first if it is an archive")
            .into());
    }
    let read: Value = serde_json::from_slice(&read_at_most(&path, METADATA_BYTES_MAX)?)
        .map_err(|error| Fault::new(&place, format!("is no JSON: {error}")))?;
    let entities = read["@graph"].as_array().ok_or_else(|| Fault::new(&place, "has no `@graph`"))?;
    let files = entities.iter().filter(|entity| entity["@type"] == "File");
    let parts: Option<Vec<ManifestFile>> = files
        .map(|file| {
            Some(ManifestFile {
                path: file["@id"].as_str()?.to_owned(),
                bytes: file["contentSize"].as_str()?.parse().ok()?,
                sha256: file["sha256"].as_str()?.to_owned(),
            })
        })
        .collect();
    let what = "names a file without `contentSize` or `sha256`: no capsule of Ferrobench's";
    Ok(parts.filter(|parts| !parts.is_empty()).ok_or_else(|| Fault::new(place, what))?)
}

fn check(capsule: &Path, parts: &[ManifestFile]) -> Faults {
    let mut faults = Faults(parts.iter().filter_map(|part| part.verify(capsule).err()).collect());
    let named: BTreeSet<&str> = parts.iter().map(|part| part.path.as_str()).chain([METADATA]).collect();
    for path in walk(capsule, capsule).iter().filter(|path| !named.contains(path.as_str())) {
        faults.push(Fault::new(capsule.join(path).display().to_string(), format!("{METADATA} does not name it")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A capsule of one file, described by `change`d words, and what is said of it.
    fn told(change: impl Fn(&mut Value), stray: bool) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.txt"), "abc").expect("written");
        let mut file = json!({"@id": "a.txt", "@type": "File", "contentSize": "3", "sha256": digest::of_bytes(b"abc")});
        change(&mut file);
        let text = json!({"@graph": [{"@id": "./", "@type": "Dataset"}, file]}).to_string();
        fs::write(folder.path().join(METADATA), text).expect("written");
        if stray {
            fs::write(folder.path().join("stray"), "").expect("written");
        }
        match described(folder.path()) {
            Ok(parts) => check(folder.path(), &parts).to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_capsule_is_what_its_description_says_or_refused() {
        assert_eq!(told(|_| (), false), "");
        assert!(told(|_| (), true).contains("does not name it"));
        assert!(told(|file| file["sha256"] = json!("0"), false).contains("the manifest says 0"));
        assert!(told(|file| file["contentSize"] = json!("4"), false).contains("the manifest says 4"));
        assert!(told(|file| file["@id"] = json!("../a.txt"), false).contains("only name files inside"));
        assert!(told(|file| file["@id"] = json!("/etc/hosts"), false).contains("only name files inside"));
        assert!(told(|file| file["@type"] = json!("Dataset"), false).contains("no capsule"));
        assert!(told(|file| file["contentSize"] = json!(3), false).contains("no capsule"));
    }
}
