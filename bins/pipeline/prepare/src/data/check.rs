//! What a dataset must be before anything is measured on it, and what a reader should know of it.

use datasets::table::Table;
use schema::fault::{Fault, Faults};

/// Shapes that fit each other, enough rows to split, and no cell that is not a finite number.
pub(super) fn table(table: &Table, name: &str) -> Faults {
    let place = format!("dataset `{name}`");
    let mut faults = Faults::default();
    match (table.x.shape.as_slice(), table.y.shape.as_slice()) {
        ([rows, columns], [targets]) if rows == targets && *rows >= 2 && *columns >= 1 => {
            for (values, what, columns) in [(&table.x.values, "x", *columns), (&table.y.values, "y", 1)] {
                faults.0.extend(finite(values, what, columns as usize, &place));
            }
        }
        (x, y) => {
            let what = format!("x has shape {x:?} and y {y:?}; needed: rows × columns and rows, with 2 rows or more");
            faults.push(Fault::new(place, what));
        }
    }
    faults
}

fn finite(values: &[f64], what: &str, columns: usize, place: &str) -> Option<Fault> {
    let first = values.iter().position(|value| !value.is_finite())?;
    let count = values.iter().filter(|value| !value.is_finite()).count();
    let (row, column, value) = (first / columns, first % columns, values[first]);
    let message = format!(
        "`{what}` has {count} cells that are no finite numbers, the first in row {row}, column {column}: {value}"
    );
    Some(Fault::new(place, message).hint("fill or drop such rows before the data are measured on"))
}

pub(super) fn notes(table: &Table) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(first) = table.y.values.first()
        && table.y.values.iter().all(|value| value.to_bits() == first.to_bits())
    {
        notes.push("the target is constant: r2 is not defined".to_owned());
    }
    if let [rows, columns] = table.x.shape[..]
        && columns >= rows
    {
        notes.push(format!(
            "{columns} features for {rows} rows: the solution is not unique, the one of least norm is meant"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;

    use super::*;

    fn made(columns: u64, x: &[f64], y: &[f64]) -> Table {
        let array = |shape, values: &[f64]| Array { shape, values: values.to_vec() };
        Table { x: array(vec![x.len() as u64 / columns, columns], x), y: array(vec![y.len() as u64], y) }
    }

    #[test]
    fn cells_that_are_not_finite_are_counted_and_the_first_is_named() {
        let bad = made(2, &[1.0, 2.0, f64::NAN, f64::INFINITY], &[0.0, f64::NEG_INFINITY]);
        let text = table(&bad, "d").to_string();
        assert!(
            text.contains("`x` has 2 cells that are no finite numbers, the first in row 1, column 0: NaN"),
            "{text}"
        );
        assert!(
            text.contains("`y` has 1 cells that are no finite numbers, the first in row 1, column 0: -inf"),
            "{text}"
        );
        assert!(table(&made(2, &[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0]), "d").0.is_empty());
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(!table(&made(2, &[1.0, 2.0, 3.0, 4.0], &[0.0]), "d").0.is_empty());
        assert!(!table(&made(2, &[1.0, 2.0], &[0.0]), "d").0.is_empty());
    }

    #[test]
    fn constant_targets_and_wide_data_are_noted() {
        assert_eq!(notes(&made(1, &[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0])), ["the target is constant: r2 is not defined"]);
        assert!(notes(&made(3, &[1.0; 6], &[1.0, 2.0]))[0].starts_with("3 features for 2 rows"));
        assert!(notes(&made(1, &[1.0, 2.0, 3.0], &[5.0, 5.0, 6.0])).is_empty());
    }
}
