//! The block file and everything that it names: read, checked, and verified before the first run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schema::block::Block;
use schema::data::{DataFile, DataManifest};
use schema::digest;
use schema::fault::{Fault, Faults};
use schema::files::{DOCUMENT_BYTES_MAX, from_root, read_at_most};
use schema::fingerprint::Fingerprint;
use schema::implementation::FileDigest;
use schema::manifest::MANIFEST;

/// The block, and its key: the sha256 of the very bytes that were parsed.
pub(crate) fn read_block(path: &Path) -> Result<(Block, String), Faults> {
    let bytes = read_at_most(path, DOCUMENT_BYTES_MAX)?;
    let block: Block = schema::document::parse(&bytes, &path.display().to_string())?;
    check(&block, &path.display().to_string())?;
    Ok((block, digest::of_bytes(&bytes)))
}

/// What the schema cannot say.
fn check(block: &Block, place: &str) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let mut fault = |what: String| faults.push(Fault::new(place, what));
    let services: BTreeSet<_> = block.services.iter().map(|service| &service.name).collect();
    if services.len() != block.services.len() || block.services.iter().any(|service| service.argv.is_empty()) {
        fault("`services`: each needs its own name and a command".to_owned());
    }
    if block.cell.threads == 0 || block.cell.iterations == 0 {
        fault("`cell`: threads and iterations have to be at least 1".to_owned());
    }
    let arms: BTreeSet<_> = block.arms.iter().map(|arm| &arm.facts.arm).collect();
    if arms.len() != block.arms.len() || block.arms.iter().any(|arm| arm.argv.is_empty()) {
        fault("`arms`: each needs its own name and a command".to_owned());
    }
    let mut run_ids = BTreeSet::new();
    for run in block.rounds.iter().flatten() {
        if !plain_name(&run.run_id) || !run_ids.insert(&run.run_id) {
            fault(format!("`rounds`: run_id `{}` is no plain name, or stands there twice", run.run_id));
        }
        if !arms.contains(&run.arm) {
            fault(format!("`rounds`: run `{}` is of an arm that the block does not have: {}", run.run_id, run.arm));
        }
    }
    faults.into_result()
}

/// A run's id becomes a folder's name.
fn plain_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'.');
    (1..=200).contains(&text.len()) && !text.starts_with(['.', '-']) && text.bytes().all(plain)
}

/// Every file that the runs start from or read, and the two programs that measure, by digest.
pub(crate) fn verify(root: &Path, block: &Block) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let own = Path::new("/proc/self/exe");
    verify_file(own, &block.measure.sha256, &format!("this program ({})", block.measure.path), &mut faults);
    let services = block.services.iter().flat_map(|service| &service.files);
    let files: BTreeSet<&FileDigest> =
        block.arms.iter().flat_map(|arm| &arm.files).chain(services).chain([&block.launcher]).collect();
    for file in files {
        verify_file(&from_root(root, &file.path), &file.sha256, &file.path, &mut faults);
    }
    if let Err(found) = verify_data(root, block) {
        faults.0.extend(found.0);
    }
    faults.into_result()
}

fn verify_file(path: &Path, expected: &str, name: &str, faults: &mut Faults) {
    match digest::of_file(path) {
        Ok(actual) if actual == expected => {}
        Ok(actual) => {
            let bytes = std::fs::metadata(path).map_or(0, |facts| facts.len());
            let what = format!("has {bytes} bytes with sha256 {actual}, the block was planned with {expected}");
            let hint = "start the pipeline again: it plans the block with the file as it is now";
            faults.push(Fault::new(name, what).hint(hint));
        }
        Err(fault) => faults.push(fault),
    }
}

fn verify_data(root: &Path, block: &Block) -> Result<(), Faults> {
    let folder = from_root(root, &block.data.folder);
    let path = folder.join(MANIFEST);
    let mut faults = Faults::default();
    verify_file(&path, &block.data.manifest_sha256, &path.display().to_string(), &mut faults);
    faults.into_result()?;
    let manifest: DataManifest = schema::document::read(&path)?;
    let parts = manifest.splits.iter().flat_map(|split| &split.parts);
    let files: Vec<&DataFile> = manifest.inputs.iter().chain(parts).chain(&manifest.weights).collect();
    let mut faults = Faults::default();
    if let Some(Err(fault)) = manifest.tree.as_ref().map(|tree| datasets::tree::verify(&folder, tree)) {
        faults.push(fault);
    }
    for file in &files {
        let path = folder.join(&file.path);
        verify_file(&path, &file.sha256, &path.display().to_string(), &mut faults);
    }
    for (name, sha256) in &block.data.inputs {
        let tree = manifest.tree.as_ref().is_some_and(|tree| tree.sha256 == *sha256);
        if !tree && !files.iter().any(|file| file.sha256 == *sha256) {
            faults.push(Fault::new(path.display().to_string(), format!("has no file `{name}` with sha256 {sha256}")));
        }
    }
    faults.into_result()
}

/// In what the machine differs from the planned one, in words.
pub(crate) fn difference(planned: &Fingerprint, probed: &Fingerprint) -> Option<String> {
    let fields = |fingerprint: &Fingerprint| -> BTreeMap<String, serde_json::Value> {
        match serde_json::to_value(fingerprint) {
            Ok(serde_json::Value::Object(fields)) => fields.into_iter().collect(),
            _ => BTreeMap::new(),
        }
    };
    let (planned, probed) = (fields(planned), fields(probed));
    let differing = planned.iter().filter(|(name, value)| probed.get(*name) != Some(value));
    let words: Vec<String> = differing
        .map(|(name, value)| format!("{name} was {value}, is {}", probed.get(name).unwrap_or(&serde_json::Value::Null)))
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_is_a_plain_file_name() {
        for good in ["b1_r0_regression_faer", "x@slow5", "a-b.c"] {
            assert!(plain_name(good), "{good}");
        }
        for bad in ["", ".", "..", "../x", "a/b", "-x", "a b", "a\n", "$(x)"] {
            assert!(!plain_name(bad), "{bad}");
        }
    }

    #[test]
    fn another_machine_is_told_field_by_field() {
        let here = measure::fingerprint::probe();
        assert_eq!(difference(&here, &here.clone()), None);
        let there = Fingerprint { cores: here.cores + 1, kernel: "other".to_owned(), ..here.clone() };
        let words = difference(&here, &there).expect("they differ");
        assert!(words.contains("cores was") && words.contains("kernel was"), "{words}");
    }
}
