//! Tables that people bring: a file is fetched or copied, checked against its checksum, and read
//! as numbers. Nothing is guessed, filled or left out without being told.

mod archive;
mod boston;
mod california;
mod choice;
mod classes;
mod csv;
#[cfg(feature = "fetch")]
mod fetch;
mod npy;
mod numbers;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "fetch")]
mod transfer;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use datasets::table::{FileForm, Table};
use schema::fault::{Fault, Faults};
use schema::files::cannot;

use choice::Choose;
use numbers::Numbers;

pub use choice::Ask;
pub use classes::Survey;
#[cfg(feature = "fetch")]
pub use transfer::{Limits, Obtained, obtain};

/// A file as a table, with what a reader should know of how it became one.
#[derive(Debug)]
pub struct Loaded {
    pub table: Table,
    pub format: &'static str,
    pub target: String,
    /// The columns of `table.x`.
    pub features: Vec<String>,
    /// What the file calls the classes 0, 1, …; empty where the target is numbers.
    pub classes: Vec<String>,
    /// What was done to the file's values and columns, in order.
    pub transformations: Vec<String>,
    pub notes: Vec<String>,
}

impl Loaded {
    /// A published dataset, of which the number of rows is known; the last column is the target.
    fn published(
        columns: Vec<Vec<f64>>,
        (features, target): (&[&str], &str),
        rows: usize,
        format: &'static str,
        transformations: Vec<String>,
    ) -> Self {
        let table = numbers::table(columns);
        let found = table.y.values.len();
        let notes =
            if found == rows { Vec::new() } else { vec![format!("{found} rows where the published data have {rows}")] };
        let features = features.iter().map(|name| (*name).to_owned()).collect();
        Self { table, format, target: target.to_owned(), features, classes: Vec::new(), transformations, notes }
    }
}

/// Reads the file at `path`, which faults call `place`.
pub fn load(form: FileForm, path: &Path, place: &str, ask: &Ask) -> Result<Loaded, Faults> {
    match form {
        FileForm::Own => own(path, place, ask),
        FileForm::CaliforniaHousing => california::load(path, place),
        FileForm::BostonHousing => boston::load(path, place),
    }
}

fn own(path: &Path, place: &str, ask: &Ask) -> Result<Loaded, Faults> {
    content(path, place, &|names| ask.choose(names, place))?.loaded(place, ask)
}

/// What the target of a person's own file holds: numbers or classes.
pub fn survey(path: &Path, place: &str, ask: &Ask) -> Result<Survey, Faults> {
    let content = content(path, place, &|names| ask.look(names, place))?;
    content.numbers.check(place)?;
    content.numbers.survey(place)
}

/// A file's wanted columns, before their cells are checked.
#[derive(Debug)]
struct Content {
    format: &'static str,
    numbers: Numbers,
    transformations: Vec<String>,
}

impl Content {
    fn loaded(mut self, place: &str, ask: &Ask) -> Result<Loaded, Faults> {
        self.numbers.check(place)?;
        let classes = self.numbers.number_classes(place)?;
        let mut transformations = self.transformations;
        transformations.extend(ask.drop_columns.iter().map(|name| format!("column `{name}` left out, as asked")));
        let (features, target) = self.numbers.names();
        if !classes.is_empty() {
            let called: Vec<String> = classes.iter().enumerate().map(|(at, name)| format!("{at} = {name}")).collect();
            transformations.push(format!("classes of `{target}` numbered in sorted order: {}", called.join(", ")));
        }
        let (table, notes) = (numbers::table(self.numbers.into_columns()), Vec::new());
        Ok(Loaded { table, format: self.format, target, features, classes, transformations, notes })
    }
}

/// By what the file begins with, so that a wrong ending misleads nobody.
fn content(path: &Path, place: &str, choose: &Choose<'_>) -> Result<Content, Faults> {
    let start = start(path)?;
    if start.starts_with(b"\x93NUMPY") {
        return npy::content(path, place, choose);
    }
    if start.starts_with(b"PAR1") {
        return of_parquet(path, place, choose);
    }
    if let Some((kind, remedy)) = other_kind(&start) {
        return Err(Fault::new(place, format!("is {kind}; CSV, Parquet and npy can be read")).hint(remedy).into());
    }
    csv::content(path, place, choose)
}

#[cfg(feature = "parquet")]
use parquet::content as of_parquet;

#[cfg(not(feature = "parquet"))]
fn of_parquet(_: &Path, place: &str, _: &Choose<'_>) -> Result<Content, Faults> {
    let fault = Fault::new(place, "is Parquet, which this program was built without");
    Err(fault.hint("say what the target holds: --target_is classes, or numbers").into())
}

/// Files that are often taken for a table, by their first bytes.
fn other_kind(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let kinds: [(&[u8], &str, &str); 6] = [
        (b"PK\x03\x04", "a ZIP archive (Excel files and .npz are such)", "save the table as CSV or Parquet"),
        (b"\x1f\x8b", "compressed by gzip", "unpack it: gunzip FILE"),
        (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it: unzstd FILE"),
        (b"\x80\x04", "a pickle, which is never loaded: it can run code", "save the table as CSV, Parquet or npy"),
        (b"\x80\x05", "a pickle, which is never loaded: it can run code", "save the table as CSV, Parquet or npy"),
        (b"\x89HDF", "an HDF5 file", "save the table as CSV or Parquet"),
    ];
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype") || text.starts_with("<html") {
        return Some(("an HTML page", "fetch the file itself, not the page about it"));
    }
    kinds.into_iter().find(|(magic, ..)| start.starts_with(magic)).map(|(_, kind, remedy)| (kind, remedy))
}

/// The first bytes of a file.
fn start(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut start = Vec::new();
    let mut file = open(path)?;
    Read::by_ref(&mut file).take(64).read_to_end(&mut start).map_err(|error| cannot("read", path, &error))?;
    Ok(start)
}

fn open(path: &Path) -> Result<File, Fault> {
    File::open(path).map_err(|error| cannot("open", path, &error))
}

fn buffered(path: &Path) -> Result<BufReader<File>, Fault> {
    Ok(BufReader::with_capacity(1 << 20, open(path)?))
}
