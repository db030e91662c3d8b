//! The wanted columns of a file as numbers, and one fault a column for its cells that are none.

use std::collections::HashMap;
use std::fmt::Display;

use datasets::npy::Array;
use datasets::table::{Table, VALUES_MAX};
use schema::fault::{Fault, Faults};

use crate::choice::Wanted;
use crate::classes::{Survey, Words};

/// One column while it is read.
#[derive(Debug)]
pub(crate) struct Column {
    name: String,
    values: Vec<f64>,
    is_target: bool,
    /// Of a target of classes.
    words: Option<Words>,
    missing: Tally,
    infinite: Tally,
    strange: Tally,
}

/// Cells of a kind: how many, and the first.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    pub(crate) place: String,
    pub(crate) text: String,
}

/// What a cell turned out to hold.
pub(crate) enum Cell {
    Number(f64),
    Missing,
    /// Text, which may name a class.
    Word(String),
    /// What is of no use, as it stands there.
    Strange(String),
}

/// The wanted columns, the target last.
#[derive(Debug)]
pub(crate) struct Numbers {
    columns: Vec<Column>,
    may_drop: bool,
}

/// Columns whose faults are told one by one.
const COLUMNS_TOLD: usize = 10;

impl Numbers {
    pub(crate) fn new(names: &[String], wanted: &Wanted) -> Self {
        let positions = wanted.features.iter().chain(std::iter::once(&wanted.target));
        let mut columns: Vec<Column> = positions.map(|&at| Column::new(&names[at], at == wanted.target)).collect();
        if let Some(target) = columns.last_mut().filter(|_| wanted.classes) {
            target.words = Some(Words::default());
        }
        Self { columns, may_drop: wanted.may_drop }
    }

    /// `where_` is asked only for the first faulty cell of a kind.
    pub(crate) fn put(&mut self, column: usize, cell: Cell, where_: impl Fn() -> String) {
        self.columns[column].put(cell, where_);
    }

    /// Before another row is added.
    pub(crate) fn check_room(&self, place: &str) -> Result<(), Fault> {
        let rows = self.columns.last().map_or(0, |column| column.values.len() as u64);
        check_size(rows + 1, self.columns.len() as u64, place)
    }

    /// Names of the features, then of the target.
    pub(crate) fn names(&self) -> (Vec<String>, String) {
        let mut names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let target = names.pop().unwrap_or_default();
        (names, target)
    }

    pub(crate) fn check(&self, place: &str) -> Result<(), Faults> {
        let mut faults = Faults::default();
        let mut faulty = 0;
        for column in &self.columns {
            let found = column.faults(place, self.may_drop);
            faulty += usize::from(!found.is_empty());
            if faulty <= COLUMNS_TOLD {
                faults.0.extend(found);
            }
        }
        if faulty > COLUMNS_TOLD {
            faults.push(Fault::new(place, format!("{} more columns have such cells", faulty - COLUMNS_TOLD)));
        }
        faults.into_result()?;
        let rows = self.columns.last().map_or(0, |column| column.values.len());
        // A damaged file's; what follows takes a value of each column for every row.
        if self.columns.iter().any(|column| column.values.len() != rows) {
            let fault = Fault::new(place, "its columns have different lengths: it is damaged");
            return Err(fault.hint("write or fetch it again").into());
        }
        match rows {
            0 => Err(Fault::new(place, "has a header and no rows").into()),
            1 => Err(Fault::new(place, "has one row; at least 2 are needed, one to fit and one to judge").into()),
            _ => Ok(()),
        }
    }

    /// What the target holds, where it was read as classes.
    pub(crate) fn survey(&self, place: &str) -> Result<Survey, Faults> {
        let looked = self.columns.last().and_then(|column| Some((column, column.words.as_ref()?)));
        let (column, words) = looked.ok_or_else(|| Fault::new(place, "has no target"))?;
        words.survey(&column.name, &column.values, place)
    }

    /// Puts classes 0, 1, … in the place of the target's values, and tells what the file calls each;
    /// nothing where the target is numbers.
    pub(crate) fn number_classes(&mut self, place: &str) -> Result<Vec<String>, Faults> {
        let Some(column) = self.columns.last_mut() else { return Ok(Vec::new()) };
        let Some(words) = &column.words else { return Ok(Vec::new()) };
        let classes = words.classes(&column.name, &column.values, place)?;
        let class_of: HashMap<i64, f64> =
            classes.iter().enumerate().map(|(class, (_, value))| (*value, class as f64)).collect();
        for value in &mut column.values {
            *value = class_of[&(*value as i64)];
        }
        Ok(classes.into_iter().map(|(called, _)| called).collect())
    }

    /// The values by column, the target last.
    pub(crate) fn into_columns(self) -> Vec<Vec<f64>> {
        self.columns.into_iter().map(|column| column.values).collect()
    }
}

/// More values than fit are refused before memory is taken for them.
pub(crate) fn check_size(rows: u64, columns: u64, place: &str) -> Result<(), Fault> {
    if rows.checked_mul(columns).is_some_and(|values| values <= VALUES_MAX) {
        return Ok(());
    }
    Err(Fault::new(place, format!("{rows} rows × {columns} columns; at most {VALUES_MAX} values (8 GiB) are read"))
        .hint("take fewer rows or columns"))
}

/// Rows × features, and the target, which is the last column.
pub(crate) fn table(mut columns: Vec<Vec<f64>>) -> Table {
    let y = columns.pop().unwrap_or_default();
    let mut x = Vec::with_capacity(y.len() * columns.len());
    for row in 0..y.len() {
        x.extend(columns.iter().map(|column| column[row]));
    }
    let rows = y.len() as u64;
    Table { x: Array { shape: vec![rows, columns.len() as u64], values: x }, y: Array { shape: vec![rows], values: y } }
}

impl Column {
    fn new(name: &str, is_target: bool) -> Self {
        let tally = Tally::default;
        let (missing, infinite, strange) = (tally(), tally(), tally());
        Self { name: name.to_owned(), values: Vec::new(), is_target, words: None, missing, infinite, strange }
    }

    fn put(&mut self, cell: Cell, where_: impl Fn() -> String) {
        let value = match cell {
            Cell::Number(value) if value.is_finite() => match &mut self.words {
                Some(words) => words.number(value, where_),
                None => value,
            },
            Cell::Number(value) if value.is_nan() => self.missing.add(where_, "NaN"),
            Cell::Number(value) => self.infinite.add(where_, value),
            Cell::Missing => self.missing.add(where_, ""),
            Cell::Word(text) => match &mut self.words {
                Some(words) => words.word(text, where_),
                None => self.strange.add(where_, &text),
            },
            Cell::Strange(text) => self.strange.add(where_, &text),
        };
        self.values.push(value);
    }

    fn faults(&self, place: &str, may_drop: bool) -> Vec<Fault> {
        let name = &self.name;
        let rows = self.values.len();
        let drop = if may_drop && !self.is_target {
            format!("--drop_columns '{name}' leaves the column out")
        } else {
            "the column is needed".to_owned()
        };
        let mut faults = Vec::new();
        let Tally { count, place: first, text } = &self.strange;
        if *count > 0 {
            let what = format!("column `{name}`: `{text}` in {first} is no number (so {count} of {rows} cells)");
            let remedy = if self.is_target && may_drop {
                "--target_is classes, if they name classes; else put numbers in their place".to_owned()
            } else {
                format!("{}; {drop}", remedy(text))
            };
            faults.push(Fault::new(place, what).hint(remedy));
        }
        let Tally { count, place: first, text } = &self.infinite;
        if *count > 0 {
            let what = format!("column `{name}`: {text} in {first} is not finite (so {count} of {rows} cells)");
            faults.push(Fault::new(place, what).hint(format!("mend or remove such rows; {drop}")));
        }
        let Tally { count, place: first, .. } = &self.missing;
        if *count > 0 {
            let what = format!("column `{name}`: no value in {first} (so {count} of {rows} cells)");
            faults.push(Fault::new(place, what).hint(format!("fill or remove such rows yourself; {drop}")));
        }
        faults
    }
}

fn remedy(text: &str) -> &'static str {
    let truth = ["true", "false", "yes", "no"].contains(&text.to_ascii_lowercase().as_str());
    if truth {
        "write 1 and 0 instead"
    } else if text.contains(',') && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '-' | '+')) {
        "write numbers with a decimal point and without marks between thousands"
    } else {
        "put numbers in the place of words, dates and units"
    }
}

impl Tally {
    /// The value that holds the cell's place until the fault is told.
    pub(crate) fn add(&mut self, where_: impl Fn() -> String, text: impl Display) -> f64 {
        /// Of a longer cell the start says enough.
        const TEXT_MAX: usize = 60;
        if self.count == 0 {
            self.place = where_();
            self.text = text.to_string().chars().take(TEXT_MAX).collect();
        }
        self.count += 1;
        f64::NAN
    }
}
