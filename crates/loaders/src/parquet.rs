//! Parquet, through polars.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use polars::prelude::{ArrowDataType, ArrowSchema, Column, DataType, ParquetReader, PolarsError, SerReader};
use schema::fault::{Fault, Faults};

use crate::choice::{Choose, Wanted};
use crate::npy::{EXACT_MAX, whole};
use crate::numbers::{Cell, Numbers, check_size};
use crate::{Content, open};

/// polars takes a damaged file for a broken promise and panics in places: here that is a fault of
/// the file's, told as such. Nothing else runs while a file is read, so nobody's hook is missed.
pub(crate) fn content(path: &Path, place: &str, choose: &Choose<'_>) -> Result<Content, Faults> {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let read = panic::catch_unwind(AssertUnwindSafe(|| read(path, place, choose)));
    panic::set_hook(usual);
    read.unwrap_or_else(|_| {
        Err(Fault::new(place, "no readable Parquet file: it is damaged").hint("write or fetch it again").into())
    })
}

fn read(path: &Path, place: &str, choose: &Choose<'_>) -> Result<Content, Faults> {
    let broken = |error: PolarsError| Fault::new(place, format!("no readable Parquet file: {error}"));
    let mut reader = ParquetReader::new(open(path)?);
    let schema = reader.schema().map_err(broken)?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let wanted = choose(&names)?;
    let positions: Vec<usize> = wanted.features.iter().chain([&wanted.target]).copied().collect();
    check_types(&schema, &positions, &wanted, place)?;
    check_size(reader.num_rows().map_err(broken)? as u64, positions.len() as u64, place)?;
    let read = positions.iter().map(|&at| names[at].clone()).collect();
    let frame = reader.with_columns(Some(read)).finish().map_err(broken)?;

    let mut numbers = Numbers::new(&names, &wanted);
    let mut transformations = Vec::new();
    for (at, &position) in positions.iter().enumerate() {
        let column = frame.column(&names[position]).map_err(broken)?;
        put(column, at, &mut numbers).map_err(broken)?;
        if column.dtype() != &DataType::Float64 && !(wanted.classes && position == wanted.target) {
            let (name, dtype) = (&names[position], column.dtype());
            transformations.push(format!("column `{name}` turned from {dtype} into f64, without loss"));
        }
    }
    Ok(Content { format: "Parquet", numbers, transformations })
}

/// Text, dates, truth values and nested columns are told before anything is read.
fn check_types(schema: &ArrowSchema, positions: &[usize], wanted: &Wanted, place: &str) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for &position in positions {
        let Some((name, field)) = schema.get_at_index(position) else { continue };
        let is_target = position == wanted.target;
        if is_target && wanted.classes && names_classes(&field.dtype) {
            continue;
        }
        let Some((holds, remedy)) = no_number(&field.dtype) else { continue };
        let drop = if is_target { String::new() } else { format!("; --drop_columns '{name}' leaves it out") };
        faults
            .push(Fault::new(place, format!("column `{name}` holds {holds}; numbers are needed")).hint(remedy + &drop));
    }
    faults.into_result()
}

/// Text and truth values, which a target of classes may hold.
const fn names_classes(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as T;
    matches!(dtype, T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Boolean)
}

/// What a column holds that is not read, and what to do about it.
fn no_number(dtype: &ArrowDataType) -> Option<(String, String)> {
    use ArrowDataType as T;
    let (holds, remedy) = match dtype {
        T::Int32 | T::Int64 | T::UInt32 | T::UInt64 | T::Float32 | T::Float64 => return None,
        // polars would need a feature for each, and every step that uses it a longer build.
        T::Int8 | T::Int16 | T::UInt8 | T::UInt16 | T::Float16 => (format!("{dtype:?}"), "write Int32 or Float32"),
        T::Boolean => ("truth values".to_owned(), "write 1 and 0 instead"),
        T::Utf8 | T::LargeUtf8 | T::Utf8View => ("text".to_owned(), "turn it into numbers"),
        T::List(_) | T::LargeList(_) | T::FixedSizeList(..) | T::Struct(_) | T::Map(..) => {
            ("nested values".to_owned(), "give each value a column of its own")
        }
        T::Date32 | T::Date64 | T::Timestamp(..) | T::Time32(_) | T::Time64(_) => {
            ("dates or times".to_owned(), "turn them into numbers")
        }
        other => (format!("{other:?}"), "turn it into numbers"),
    };
    Some((holds, remedy.to_owned()))
}

fn put(column: &Column, at: usize, numbers: &mut Numbers) -> Result<(), PolarsError> {
    let row = |row: usize| move || format!("row {row}");
    if let DataType::String | DataType::Boolean = column.dtype() {
        let words = column.cast(&DataType::String)?;
        for (index, value) in words.str()?.iter().enumerate() {
            numbers.put(at, value.map_or(Cell::Missing, |word| Cell::Word(word.to_owned())), row(index));
        }
        return Ok(());
    }
    if column.dtype().is_float() {
        let values = column.cast(&DataType::Float64)?;
        for (index, value) in values.f64()?.iter().enumerate() {
            numbers.put(at, value.map_or(Cell::Missing, Cell::Number), row(index));
        }
        return Ok(());
    }
    if column.dtype() == &DataType::UInt64 {
        for (index, value) in column.u64()?.iter().enumerate() {
            let cell = |value: u64| match i64::try_from(value) {
                Ok(value) if value <= EXACT_MAX => Cell::Number(value as f64),
                _ => Cell::Strange(value.to_string()),
            };
            numbers.put(at, value.map_or(Cell::Missing, cell), row(index));
        }
        return Ok(());
    }
    let values = column.cast(&DataType::Int64)?;
    for (index, value) in values.i64()?.iter().enumerate() {
        numbers.put(at, value.map_or(Cell::Missing, whole), row(index));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
