//! A matrix in an npy file: its columns are called by their numbers from 0.

use std::path::Path;

use datasets::npy::{self, Element};
use schema::fault::{Fault, Faults};
use schema::task::Dtype;

use crate::choice::Choose;
use crate::numbers::{Cell, Numbers, check_size};
use crate::{Content, open};

/// Above this a whole number is no longer one f64.
pub(crate) const EXACT_MAX: i64 = 1 << 53;

pub(crate) fn content(path: &Path, place: &str, choose: &Choose<'_>) -> Result<Content, Faults> {
    let named = |fault: Fault| Fault { place: place.to_owned(), ..fault };
    let header = npy::read_header(path).map_err(named)?;
    let [rows, columns] = header.shape[..] else {
        let what = format!("has shape {:?}; a matrix of rows and columns is needed", header.shape);
        let hint = "numpy.column_stack([X, y]) puts features and target into one";
        return Err(Fault::new(place, what).hint(hint).into());
    };
    check_size(rows, columns, place)?;
    let names: Vec<String> = (0..columns).map(|column| column.to_string()).collect();
    let wanted = choose(&names)?;
    let mut numbers = Numbers::new(&names, &wanted);
    let positions: Vec<usize> = wanted.features.iter().chain([&wanted.target]).copied().collect();
    let mut source = Source { path, place, columns: columns as usize, positions: &positions, numbers: &mut numbers };
    match header.dtype {
        Dtype::F64 => source.read::<f64>(Cell::Number),
        Dtype::F32 => source.read::<f32>(|value| Cell::Number(value.into())),
        Dtype::I32 => source.read::<i32>(|value| Cell::Number(value.into())),
        Dtype::I64 => source.read::<i64>(whole),
    }
    .map_err(named)?;
    let widened = format!("{:?} turned into f64, without loss", header.dtype).to_lowercase();
    let transformations = if header.dtype == Dtype::F64 { Vec::new() } else { vec![widened] };
    Ok(Content { format: "npy", numbers, transformations })
}

/// As an f64 that is the same number.
pub(crate) fn whole(value: i64) -> Cell {
    if (-EXACT_MAX..=EXACT_MAX).contains(&value) {
        Cell::Number(value as f64)
    } else {
        Cell::Strange(value.to_string())
    }
}

struct Source<'a> {
    path: &'a Path,
    place: &'a str,
    columns: usize,
    positions: &'a [usize],
    numbers: &'a mut Numbers,
}

impl Source<'_> {
    fn read<T: Element>(&mut self, cell: impl Fn(T) -> Cell) -> Result<(), Fault> {
        let bytes = open(self.path)?.metadata().map_or(u64::MAX, |file| file.len());
        let array =
            npy::read::<T>(self.path, bytes).map_err(|fault| Fault { place: self.place.to_owned(), ..fault })?;
        for (row, values) in array.values.chunks_exact(self.columns.max(1)).enumerate() {
            for (column, &at) in self.positions.iter().enumerate() {
                self.numbers.put(column, cell(values[at]), || format!("row {row}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;

    use super::*;
    use crate::{Ask, Loaded};

    fn load(path: &Path, place: &str, ask: &Ask) -> Result<Loaded, Faults> {
        content(path, place, &|names| ask.choose(names, place))?.loaded(place, ask)
    }

    fn ask(target: &str, drop: &[&str]) -> Ask {
        let drop_columns = drop.iter().map(|name| (*name).to_owned()).collect();
        Ask { target: Some(target.to_owned()), drop_columns, classes: false }
    }

    fn written<T: Element>(shape: &[u64], values: &[T]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        npy::write(file.path(), &Array { shape: shape.to_vec(), values: values.to_vec() }).expect("written");
        file
    }

    fn fault<T: Element>(shape: &[u64], values: &[T], ask: &Ask) -> String {
        load(written(shape, values).path(), "m.npy", ask).expect_err("refused").to_string()
    }

    #[test]
    fn columns_are_chosen_by_number_and_types_are_widened() {
        let file = written(&[2, 3], &[1_i32, 2, 3, 4, 5, 6]);
        let loaded = load(file.path(), "m.npy", &ask("1", &[])).expect("loaded");
        assert_eq!(loaded.table.x.values, [1.0, 3.0, 4.0, 6.0]);
        assert_eq!(loaded.table.y.values, [2.0, 5.0]);
        assert_eq!(loaded.features, ["0", "2"]);
        assert_eq!(loaded.transformations, ["i32 turned into f64, without loss"]);
        let file = written(&[2, 3], &[0.1_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let loaded = load(file.path(), "m.npy", &ask("2", &["1"])).expect("loaded");
        assert_eq!(loaded.table.x.values, [f64::from(0.1_f32), 4.0]);
    }

    #[test]
    fn other_shapes_missing_values_and_numbers_too_large_are_told() {
        assert!(fault(&[4], &[1.0; 4], &ask("0", &[])).contains("has shape [4]; a matrix"));
        assert!(fault(&[2, 2, 1], &[1.0; 4], &ask("0", &[])).contains("numpy.column_stack"));
        assert!(fault(&[2, 2], &[1.0; 4], &ask("2", &[])).contains("`2` is no column of m.npy"));
        assert!(fault(&[0, 2], &[] as &[f64], &ask("0", &[])).contains("no rows"));
        let bad = [1.0, f64::NAN, f64::INFINITY, 2.0];
        let text = fault(&[2, 2], &bad, &ask("0", &[]));
        assert!(text.contains("column `0`: inf in row 1") && text.contains("column `1`: no value in row 0"), "{text}");
        let text = fault(&[2, 2], &[1, 2, EXACT_MAX + 1, 3], &ask("1", &[]));
        assert!(text.contains("`9007199254740993` in row 1"), "{text}");
    }
}
