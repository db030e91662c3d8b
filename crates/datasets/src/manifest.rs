//! The data manifest of a prepared folder: written last, so what it names is whole, and verified
//! against size and digest before it is used.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};

use schema::data::{DataFile, DataFormat, DataManifest};
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::{digest, document};

use crate::npy::{self, Array, Element};
use crate::tree;

/// The manifest's name in its folder.
pub const MANIFEST: &str = "manifest.json";

/// The manifest in `folder`, once every file that it names is there with its size, digest, type
/// and shape. Every fault at once.
pub fn load(folder: &Path) -> Result<DataManifest, Faults> {
    let manifest: DataManifest = document::read(&folder.join(MANIFEST))?;
    let mut faults = Faults::default();
    for file in files(&manifest) {
        if let Err(fault) = verify(folder, file) {
            faults.push(fault);
        }
    }
    if let Some(Err(fault)) = manifest.tree.as_ref().map(|tree| tree::verify(folder, tree)) {
        faults.push(fault);
    }
    faults.into_result()?;
    Ok(manifest)
}

/// Every file that a manifest names.
pub fn files(manifest: &DataManifest) -> impl Iterator<Item = &DataFile> {
    let parts = manifest.splits.iter().flat_map(|split| &split.parts);
    manifest.inputs.iter().chain(parts).chain(&manifest.weights)
}

fn verify(folder: &Path, file: &DataFile) -> Result<(), Fault> {
    check_name(folder, file)?;
    let path = folder.join(&file.path);
    let length = std::fs::symlink_metadata(&path).map_err(|error| cannot("read", &path, &error))?.len();
    check_length(&path, file, length)?;
    check_digest(&path, file, &digest::of_file(&path)?)?;
    if file.format == DataFormat::Npy {
        let header = npy::read_header(&path)?;
        if header.dtype != file.dtype || header.shape != file.shape {
            let what = format!(
                "holds {:?} {:?} where the manifest says {:?} {:?}",
                header.dtype, header.shape, file.dtype, file.shape
            );
            return Err(Fault::new(path.display().to_string(), what));
        }
    }
    Ok(())
}

/// The values of one file: what is hashed is what is parsed, so a file cannot change in between.
pub fn read<T: Element>(folder: &Path, file: &DataFile) -> Result<Array<T>, Fault> {
    check_name(folder, file)?;
    let path = folder.join(&file.path);
    let mut bytes = Vec::new();
    let opened = File::open(&path).map_err(|error| cannot("read", &path, &error))?;
    opened.take(file.bytes + 1).read_to_end(&mut bytes).map_err(|error| cannot("read", &path, &error))?;
    check_length(&path, file, bytes.len() as u64)?;
    check_digest(&path, file, &digest::of_bytes(&bytes))?;
    npy::parse(&bytes, &path.display().to_string())
}

/// Describes a file that has just been written; its digest is that of the bytes on the disk.
pub fn describe(folder: &Path, name: &str, shape: &[u64], dtype: schema::task::Dtype) -> Result<DataFile, Fault> {
    let path = format!("{name}.npy");
    let place = folder.join(&path);
    let bytes = std::fs::metadata(&place).map_err(|error| cannot("read", &place, &error))?.len();
    let sha256 = digest::of_file(&place)?;
    let name = schema::id::Id::new(name).map_err(|error| Fault::new(place.display().to_string(), error.to_string()))?;
    Ok(DataFile { name, path, format: DataFormat::Npy, dtype, shape: shape.to_vec(), bytes, sha256 })
}

/// A plain file name: nothing outside the folder can be meant.
fn check_name(folder: &Path, file: &DataFile) -> Result<(), Fault> {
    let mut components = Path::new(&file.path).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(name)), None) if name == file.path.as_str());
    if plain {
        return Ok(());
    }
    let place = folder.join(MANIFEST).display().to_string();
    Err(Fault::new(place, format!("names the file `{}`; only plain file names are allowed", file.path)))
}

fn check_length(path: &Path, file: &DataFile, length: u64) -> Result<(), Fault> {
    if length == file.bytes {
        return Ok(());
    }
    damaged(path, format!("has {length} bytes where its manifest says {}", file.bytes))
}

fn check_digest(path: &Path, file: &DataFile, sha256: &str) -> Result<(), Fault> {
    if sha256 == file.sha256 {
        return Ok(());
    }
    damaged(path, format!("has sha256 {sha256} where its manifest says {}", file.sha256))
}

fn damaged(path: &Path, what: String) -> Result<(), Fault> {
    Err(Fault::new(path.display().to_string(), what).hint("the data are damaged; make them again with `prepare data`"))
}

#[cfg(test)]
mod tests {
    use schema::SCHEMA_VERSION;
    use schema::config::DatasetChoice;
    use schema::data::Source;
    use schema::id::Id;
    use schema::task::Dtype;

    use super::*;

    fn folder_with_data() -> (tempfile::TempDir, DataManifest) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let array = Array { shape: vec![3], values: vec![1.0, 2.0, 3.0] };
        npy::write(&folder.path().join("y.npy"), &array).expect("written");
        let y = describe(folder.path(), "y", &[3], Dtype::F64).expect("described");
        let name = Id::new("d").expect("an id");
        let manifest = DataManifest {
            schema_version: SCHEMA_VERSION.to_owned(),
            dataset: name.clone(),
            choice: DatasetChoice::Name(name),
            inputs: vec![y],
            splits: Vec::new(),
            tree: None,
            weights: None,
            rows: 3,
            columns: 0,
            source: Source::default(),
        };
        write(&folder, &manifest);
        (folder, manifest)
    }

    fn write(folder: &tempfile::TempDir, manifest: &DataManifest) {
        document::write(&folder.path().join(MANIFEST), manifest).expect("written");
    }

    fn fault(folder: &tempfile::TempDir) -> String {
        load(folder.path()).expect_err("refused").to_string()
    }

    #[test]
    fn whole_data_load_and_read() {
        let (folder, manifest) = folder_with_data();
        let loaded = load(folder.path()).expect("whole");
        assert_eq!(loaded.inputs, manifest.inputs);
        assert_eq!(read::<f64>(folder.path(), &loaded.inputs[0]).expect("read").values, [1.0, 2.0, 3.0]);
    }

    #[test]
    fn missing_truncated_and_changed_files_are_named_with_expected_and_actual() {
        let (folder, manifest) = folder_with_data();
        let path = folder.path().join("y.npy");
        let whole = std::fs::read(&path).expect("read");

        std::fs::write(&path, &whole[..whole.len() - 1]).expect("written");
        assert!(fault(&folder).contains("y.npy: has 151 bytes where its manifest says 152"));
        assert!(read::<f64>(folder.path(), &manifest.inputs[0]).is_err());

        let mut flipped = whole.clone();
        flipped[150] ^= 1;
        std::fs::write(&path, &flipped).expect("written");
        let text = fault(&folder);
        assert!(text.contains(&format!("where its manifest says {}", manifest.inputs[0].sha256)), "{text}");
        assert!(text.contains(&format!("has sha256 {}", digest::of_bytes(&flipped))), "{text}");
        assert!(read::<f64>(folder.path(), &manifest.inputs[0]).is_err());

        std::fs::remove_file(&path).expect("removed");
        assert!(fault(&folder).contains("y.npy: cannot read"));
    }

    #[test]
    fn a_manifest_that_points_elsewhere_or_lies_about_the_shape_is_refused() {
        let (folder, mut manifest) = folder_with_data();
        for elsewhere in ["../y.npy", "/etc/passwd", "a/../y.npy", "./y.npy", "..", ""] {
            manifest.inputs[0].path = elsewhere.to_owned();
            write(&folder, &manifest);
            assert!(fault(&folder).contains("only plain file names"), "{elsewhere}");
        }
        manifest.inputs[0].path = "y.npy".to_owned();
        manifest.inputs[0].shape = vec![1, 3];
        write(&folder, &manifest);
        assert!(fault(&folder).contains("holds F64 [3] where the manifest says F64 [1, 3]"));
    }
}
