//! `prepare data`: one dataset, made once and found again while its request is the same. The
//! folder is built beside its final name and renamed: it is whole or it is not there.

mod check;
mod export;
mod file;
mod files;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use datasets::manifest::{self, MANIFEST};
use datasets::npy::{self, Array};
use datasets::split;
use datasets::table::{self, Origin, Table, Target};
use schema::data::{DataFile, DataManifest, Source, Split};
use schema::fault::{Fault, Faults, visible};
use schema::files::{cannot, create_folder, read_at_most, state_folder, sync_folder, write_whole};
use schema::id::Id;
use schema::selection::DatasetRequest;
use schema::task::Dtype;
use schema::{SCHEMA_VERSION, digest, document};

pub(crate) use file::{ByHand, by_hand};

/// A manifest names every column of a file, and so may be long.
const MANIFEST_BYTES_MAX: u64 = 64 << 20;

pub(crate) fn run(root: &Path, request: &Path, out: &Path) -> Result<()> {
    let request_path = request;
    let request: DatasetRequest = document::read(request_path)?;
    let expected = table::dataset_id(&request.choice)?;
    if expected != request.dataset {
        let what = format!("`dataset`: `{}` where the choice is `{expected}`", request.dataset);
        return Err(Fault::new(request_path.display().to_string(), what).into());
    }
    let folder = prepared(root, &request)?;
    let bytes = read_at_most(&folder.join(MANIFEST), MANIFEST_BYTES_MAX)?;
    write_whole(&out.join(format!("{}.json", request.dataset)), &bytes)?;
    Ok(())
}

/// The folder of the dataset, found whole or made.
fn prepared(root: &Path, request: &DatasetRequest) -> Result<PathBuf> {
    let store = state_folder(root).join("data");
    create_folder(&store.join("requests"))?;
    match find(&store, request)? {
        Some(folder) => Ok(folder),
        None => make(root, &store, request),
    }
}

/// The whole folder that an equal request made before.
fn find(store: &Path, request: &DatasetRequest) -> Result<Option<PathBuf>, Faults> {
    let Ok(bytes) = read_at_most(&pointer(store, request), MANIFEST_BYTES_MAX) else { return Ok(None) };
    let name = String::from_utf8_lossy(&bytes).trim().to_owned();
    let ours = name
        .strip_prefix(&format!("{}-", request.dataset))
        .is_some_and(|short| short.len() == 16 && short.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let folder = store.join(&name);
    if !ours || !folder.is_dir() {
        return Ok(None);
    }
    let damage = damage(&folder)?;
    for fault in &damage.0 {
        eprintln!("warning: {}: {}; it is made again", visible(&fault.place), visible(&fault.what));
    }
    Ok(damage.0.is_empty().then_some(folder))
}

/// What is wrong with a folder; nothing when it can be used. One that is damaged may be made again
/// only where its manifest proves that this step made it: the folder's name holds its digest.
fn damage(folder: &Path) -> Result<Faults, Faults> {
    let proven = digest::of_file(&folder.join(MANIFEST))
        .is_ok_and(|sha256| folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&sha256[..16])));
    if !proven {
        let place = folder.join(MANIFEST).display().to_string();
        return Err(Fault::new(place, "is missing or was changed by another hand")
            .hint("look at the folder, then delete it and start again: it is made anew")
            .into());
    }
    Ok(manifest::load(folder).err().unwrap_or_default())
}

fn pointer(store: &Path, request: &DatasetRequest) -> PathBuf {
    store.join("requests").join(digest::of_document(request))
}

fn make(root: &Path, store: &Path, request: &DatasetRequest) -> Result<PathBuf> {
    let partial = store.join(format!(".partial-{}-{}", request.dataset, std::process::id()));
    remove(&partial)?;
    create_folder(&partial)?;
    let made = fill(root, &partial, request).and_then(|()| Ok(put_in_place(store, &partial, request)?));
    if made.is_err() {
        remove(&partial)?;
    }
    made
}

/// Everything into `partial`, the manifest last.
fn fill(root: &Path, partial: &Path, request: &DatasetRequest) -> Result<()> {
    let dataset = table::find(request.choice.name().as_str())
        .ok_or_else(|| Fault::new("", format!("unknown dataset `{}`", request.choice.name())))?;
    let parameters = table::resolve(&request.choice)?;
    let from = |origin| Source { origin, ..Source::default() };
    let (table, mut source) = match dataset.origin {
        Origin::Files(make) => return files::fill(partial, request, dataset, &make(request.seed)),
        Origin::Synthetic(make) => (make(&parameters, request.seed), from("made by Ferrobench from a seed".to_owned())),
        Origin::Sklearn { loader } => {
            let (table, origin) = export::from_sklearn(root, loader, &partial.with_extension("export"))?;
            (table, from(origin))
        }
        Origin::File { form, .. } => {
            file::read(root, request, dataset, form, &parameters, &partial.with_extension("file"))?
        }
    };
    check::table(&table, dataset).into_result()?;
    dataset.licence.clone_into(&mut source.licence);
    source.notes.extend(dataset.notes.iter().map(|note| (*note).to_owned()));
    source.notes.extend(check::notes(&table, dataset.target));
    let splits = splits(partial, table.x.shape[0], request.seed)?;
    if dataset.target == Target::Classes {
        source.notes.extend(check::unlearnt(partial, &table, &splits)?);
    }
    let manifest = DataManifest {
        schema_version: SCHEMA_VERSION.to_owned(),
        dataset: request.dataset.clone(),
        choice: request.choice.clone(),
        inputs: inputs(partial, &table, dataset.target)?,
        splits,
        tree: None,
        weights: None,
        rows: table.x.shape[0],
        columns: table.x.shape[1],
        source,
    };
    document::write(&partial.join(MANIFEST), &manifest)?;
    Ok(())
}

/// `x`, and `y` as numbers or as classes.
fn inputs(partial: &Path, table: &Table, target: Target) -> Result<Vec<DataFile>, Fault> {
    npy::write(&partial.join("x.npy"), &table.x)?;
    let (path, shape) = (partial.join("y.npy"), table.y.shape.clone());
    let dtype = match target {
        Target::Number => {
            npy::write(&path, &table.y)?;
            Dtype::F64
        }
        Target::Classes => {
            npy::write(&path, &Array { shape, values: check::classes(table) })?;
            Dtype::I64
        }
    };
    let x = manifest::describe(partial, "x", &table.x.shape, Dtype::F64)?;
    Ok(vec![x, manifest::describe(partial, "y", &table.y.shape, dtype)?])
}

/// `holdout` first: it is the one that is meant where none is named.
fn splits(partial: &Path, rows: u64, seed: u64) -> Result<Vec<Split>> {
    let (train, test) = split::holdout(rows, seed);
    let mut splits =
        vec![split(partial, split::HOLDOUT, seed, [("train".to_owned(), train), ("test".to_owned(), test)])?];
    if let Some(folds) = split::cv5(rows, seed) {
        let named = folds.into_iter().enumerate().map(|(index, rows)| (format!("fold_{index}"), rows));
        splits.push(split(partial, split::CV5, seed, named)?);
    }
    let mut all = split(partial, split::ALL, seed, [("all".to_owned(), (0..rows.cast_signed()).collect())])?;
    all.algorithm = Id::new(split::IN_ORDER)?;
    splits.push(all);
    Ok(splits)
}

fn split(partial: &Path, name: &str, seed: u64, parts: impl IntoIterator<Item = (String, Vec<i64>)>) -> Result<Split> {
    let parts = parts.into_iter().map(|(part, values)| {
        let stem = format!("{name}_{part}");
        let rows = Array { shape: vec![values.len() as u64], values };
        npy::write(&partial.join(format!("{stem}.npy")), &rows)?;
        let mut file = manifest::describe(partial, &stem, &rows.shape, Dtype::I64)?;
        file.name = Id::new(part).map_err(|error| Fault::new("", error.to_string()))?;
        Ok(file)
    });
    Ok(Split {
        name: Id::new(name)?,
        algorithm: Id::new(split::ALGORITHM)?,
        seed,
        parts: parts.collect::<Result<_, Fault>>()?,
    })
}

/// Renames the finished folder to its name, in the place of a damaged one.
fn put_in_place(store: &Path, partial: &Path, request: &DatasetRequest) -> Result<PathBuf, Faults> {
    let sha256 = digest::of_file(&partial.join(MANIFEST))?;
    let name = format!("{}-{}", request.dataset, &sha256[..16]);
    let folder = store.join(&name);
    sync_folder(partial)?;
    if folder.exists() && damage(&folder)?.0.is_empty() {
        remove(partial)?;
    } else {
        remove(&folder)?;
        // A second process that made the same in the meantime left the same bytes.
        if let Err(error) = fs::rename(partial, &folder) {
            if !(folder.is_dir() && damage(&folder)?.0.is_empty()) {
                return Err(cannot("write", &folder, &error).into());
            }
            remove(partial)?;
        }
    }
    sync_folder(store)?;
    write_whole(&pointer(store, request), name.as_bytes())?;
    Ok(folder)
}

fn remove(folder: &Path) -> Result<(), Fault> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cannot("remove", folder, &error)),
        _ => Ok(()),
    }
}
