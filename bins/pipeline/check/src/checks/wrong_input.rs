//! Wrong orders, wrong data and no place to write: each is refused before anything is done.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use datasets::npy;
use schema::data::{DataFile, DataManifest};
use schema::task::Dtype;
use schema::{digest, document};
use serde_json::{Map, Value, json};

use super::{Examined, Verdict};
use crate::refusal::{Hint, refused, told};
use crate::smoke_case::Prepared;
use crate::subject::Order;

/// A key that no document and no algorithm has.
const UNKNOWN: &str = "no_such_key";
const NO_ALGORITHM: &str = "it does none of the task's algorithms";

pub(super) fn unknown_key(examined: &Examined<'_>) -> Verdict {
    bent(examined, Hint::Wanted, |params| {
        params.insert(UNKNOWN.to_owned(), json!(1));
    })
}

pub(super) fn unknown_algorithm(examined: &Examined<'_>) -> Verdict {
    bent(examined, Hint::Wanted, |params| {
        params.insert("algorithm".to_owned(), json!("no_such_algorithm"));
    })
}

pub(super) fn unknown_hyperparameter(examined: &Examined<'_>) -> Verdict {
    bent(examined, Hint::Free, |params| {
        if let Some(Value::Object(hyperparameters)) = params.get_mut("hyperparameters") {
            hyperparameters.insert(UNKNOWN.to_owned(), json!(1));
        }
    })
}

pub(super) fn another_dataset(examined: &Examined<'_>) -> Verdict {
    bent(examined, Hint::Free, |params| {
        params.insert("dataset".to_owned(), json!("no_such_dataset"));
    })
}

/// An order that was bent has to be refused.
fn bent(examined: &Examined<'_>, hint: Hint, bend: impl Fn(&mut Map<String, Value>)) -> Verdict {
    with_order(examined, |order| {
        bend(&mut order.params);
        Ok(refused(&examined.subject.run(order)?, hint))
    })
}

fn with_order(examined: &Examined<'_>, examine: impl Fn(&mut Order) -> Verdict) -> Verdict {
    match examined.any_algorithm() {
        Some(algorithm) => examine(&mut examined.subject.order(algorithm)?),
        None => Ok(Err(NO_ALGORITHM.to_owned())),
    }
}

pub(super) fn missing_data(examined: &Examined<'_>) -> Verdict {
    damaged(examined, |data| Ok(fs::remove_file(data.first()?)?))
}

/// Size and digest in the manifest are the short file's: only its own header tells. A tree's files have none.
pub(super) fn truncated_data(examined: &Examined<'_>) -> Verdict {
    if inputs(examined)?.is_empty() {
        return Ok(Ok(()));
    }
    damaged(examined, |data| {
        let path = data.first()?;
        let bytes = fs::read(&path)?;
        fs::write(&path, &bytes[..bytes.len() - 1])?;
        data.describe_again(|file| file.path == data.first_name())
    })
}

pub(super) fn changed_data(examined: &Examined<'_>) -> Verdict {
    damaged(examined, |data| {
        let path = data.first()?;
        let mut bytes = fs::read(&path)?;
        // The lowest bit of the first value: still a number, and hardly another one.
        let last_value = bytes.len().saturating_sub(8);
        bytes[last_value] ^= 1;
        Ok(fs::write(&path, bytes)?)
    })
}

pub(super) fn not_a_number(examined: &Examined<'_>) -> Verdict {
    let Some(input) = inputs(examined)?.iter().find(|input| input.dtype == Dtype::F64) else { return Ok(Ok(())) };
    damaged(examined, |data| {
        let path = data.folder.join(&input.path);
        let mut array = npy::read::<f64>(&path, u64::MAX)?;
        *array.values.first_mut().context("an input without values")? = f64::NAN;
        npy::write(&path, &array)?;
        data.describe_again(|file| file.path == input.path)
    })
}

/// Of the data that wrong orders are about: one algorithm's.
fn data<'a>(examined: &'a Examined<'_>) -> Result<Option<&'a Prepared>> {
    Ok(examined.any_algorithm().map(|algorithm| examined.subject.case.data(algorithm)).transpose()?)
}

fn inputs<'a>(examined: &'a Examined<'_>) -> Result<&'a [DataFile]> {
    Ok(data(examined)?.map_or(&[], |data| &data.manifest.inputs))
}

/// A copy of the data that a check may damage.
struct Copied<'a> {
    folder: PathBuf,
    manifest: &'a DataManifest,
}

impl Copied<'_> {
    fn first_name(&self) -> &str {
        self.manifest.inputs.first().map_or("", |input| &input.path)
    }

    /// The first input, or a file of the tree where there is none.
    fn first(&self) -> Result<PathBuf> {
        if let Some(input) = self.manifest.inputs.first() {
            return Ok(self.folder.join(&input.path));
        }
        let tree = self.manifest.tree.as_ref().context("a dataset without inputs")?;
        some_file(&self.folder.join(&tree.path)).context("a tree without files")
    }

    /// Gives the chosen file its present size and digest in the manifest.
    fn describe_again(&self, is_chosen: impl Fn(&DataFile) -> bool) -> Result<()> {
        let mut manifest = self.manifest.clone();
        for file in manifest.inputs.iter_mut().filter(|file| is_chosen(file)) {
            let path = self.folder.join(&file.path);
            file.bytes = fs::metadata(&path)?.len();
            file.sha256 = digest::of_file(&path)?;
        }
        Ok(document::write(&self.folder.join(datasets::manifest::MANIFEST), &manifest)?)
    }
}

/// Whichever regular file comes first, at any depth.
fn some_file(folder: &Path) -> Option<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().find_map(|path| if path.is_dir() { some_file(&path) } else { path.is_file().then_some(path) })
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A run on data that were damaged has to be refused.
fn damaged(examined: &Examined<'_>, damage: impl Fn(&Copied<'_>) -> Result<()>) -> Verdict {
    let Some(data) = data(examined)? else { return Ok(Err(NO_ALGORITHM.to_owned())) };
    let copied = Copied { folder: examined.subject.folder()?, manifest: &data.manifest };
    let names = datasets::manifest::files(&data.manifest).map(|file| file.path.as_str());
    for name in names.chain([datasets::manifest::MANIFEST]) {
        fs::copy(data.folder.join(name), copied.folder.join(name)).with_context(|| format!("copying {name}"))?;
    }
    if let Some(tree) = &data.manifest.tree {
        copy_tree(&data.folder.join(&tree.path), &copied.folder.join(&tree.path))?;
    }
    damage(&copied)?;
    with_order(examined, |order| {
        order.data.clone_from(&copied.folder);
        Ok(refused(&examined.subject.run(order)?, Hint::Free))
    })
}

/// A folder inside a regular file: nobody can write there, the superuser neither.
pub(super) fn no_place_to_write(examined: &Examined<'_>) -> Verdict {
    let file = examined.subject.folder()?.join("file");
    fs::write(&file, "")?;
    with_order(examined, |order| {
        order.out = Some(file.join("out"));
        let ran = examined.subject.run(order)?;
        Ok(match ran.ended.code() {
            Some(1 | 2) => told(&ran.ended.stderr, Hint::Free),
            _ => Err(format!("exit code 1 or 2 was due; {}", ran.ended.in_words())),
        })
    })
}
