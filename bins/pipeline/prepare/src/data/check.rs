//! What a dataset must be before anything is measured on it, and what a reader should know of it.

use std::collections::BTreeSet;
use std::path::Path;

use datasets::manifest;
use datasets::table::{Dataset, Table, Target};
use schema::data::Split;
use schema::fault::{Fault, Faults};

/// Shapes that fit each other, enough rows to split, and no cell that is not a finite number.
pub(super) fn table(table: &Table, dataset: &Dataset) -> Faults {
    let place = format!("dataset `{}`", dataset.name);
    let mut faults = Faults::default();
    match (table.x.shape.as_slice(), table.y.shape.as_slice()) {
        ([rows, columns], [targets]) if rows == targets && *rows >= 2 && *columns >= 1 => {
            for (values, what, columns) in [(&table.x.values, "x", *columns), (&table.y.values, "y", 1)] {
                faults.0.extend(finite(values, what, columns as usize, &place));
            }
            if dataset.target == Target::Classes {
                faults.0.extend(classes_missing(&table.y.values, &place));
            }
        }
        (x, y) => {
            let what = format!("x has shape {x:?} and y {y:?}; needed: rows × columns and rows, with 2 rows or more");
            faults.push(Fault::new(place, what));
        }
    }
    faults
}

/// The target as whole numbers; [`table`] has seen to it that it is.
pub(super) fn classes(table: &Table) -> Vec<i64> {
    table.y.values.iter().map(|class| *class as i64).collect()
}

/// Classes are 0, 1, … without a gap.
fn classes_missing(values: &[f64], place: &str) -> Option<Fault> {
    let fault = |what: String| Some(Fault::new(place, what));
    if let Some(other) = values.iter().find(|value| value.fract() != 0.0 || **value < 0.0 || **value > 1e9) {
        return fault(format!("the target holds {other}, which is no class: classes are 0, 1, …"));
    }
    let found: BTreeSet<u64> = values.iter().map(|value| *value as u64).collect();
    let missing = (0..).zip(&found).find(|(class, found)| class != *found);
    missing.and_then(|(class, _)| fault(format!("no row has class {class}: classes are 0, 1, … without a gap")))
}

/// The classes of which no row trains, in the splits that train and judge: small data may leave one out.
pub(super) fn unlearnt(folder: &Path, table: &Table, splits: &[Split]) -> Result<Vec<String>, Fault> {
    let all: BTreeSet<i64> = classes(table).into_iter().collect();
    let mut notes = Vec::new();
    for split in splits {
        for train in training(folder, split)? {
            let known: BTreeSet<i64> = train.iter().map(|row| table.y.values[*row as usize] as i64).collect();
            let missing: Vec<String> = all.difference(&known).map(ToString::to_string).collect();
            if !missing.is_empty() {
                notes.push(format!("no row of class {} trains in the split {}", missing.join(", "), split.name));
            }
        }
    }
    notes.dedup();
    Ok(notes)
}

/// The rows that train: in each fold those that do not judge.
fn training(folder: &Path, split: &Split) -> Result<Vec<Vec<i64>>, Fault> {
    let parts: Vec<Vec<i64>> =
        split.parts.iter().map(|part| Ok(manifest::read(folder, part)?.values)).collect::<Result<_, Fault>>()?;
    if !split.is_folds() {
        return Ok(parts.into_iter().take(1).collect());
    }
    let others = |fold: usize| parts.iter().enumerate().filter(move |(index, _)| *index != fold);
    Ok((0..parts.len()).map(|fold| others(fold).flat_map(|(_, rows)| rows).copied().collect()).collect())
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

pub(super) fn notes(table: &Table, target: Target) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(first) = table.y.values.first()
        && table.y.values.iter().all(|value| value.to_bits() == first.to_bits())
    {
        notes.push(match target {
            Target::Number => "the target is constant: r2 is not defined".to_owned(),
            Target::Classes => "there is one class only: no classifier can be fitted".to_owned(),
        });
    }
    if let [rows, columns] = table.x.shape[..]
        && columns >= rows
        && target == Target::Number
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
        let text = table(&bad, dataset("diabetes")).to_string();
        assert!(
            text.contains("`x` has 2 cells that are no finite numbers, the first in row 1, column 0: NaN"),
            "{text}"
        );
        assert!(
            text.contains("`y` has 1 cells that are no finite numbers, the first in row 1, column 0: -inf"),
            "{text}"
        );
        assert!(table(&made(2, &[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0]), dataset("diabetes")).0.is_empty());
    }

    fn dataset(name: &str) -> &'static Dataset {
        datasets::table::find(name).expect("a dataset")
    }

    #[test]
    fn classes_are_whole_numbers_without_a_gap() {
        let told = |y: &[f64]| table(&made(1, &vec![1.0; y.len()], y), dataset("iris")).to_string();
        assert_eq!(told(&[0.0, 2.0, 1.0, 0.0]), "");
        assert!(told(&[0.0, 0.5]).contains("the target holds 0.5, which is no class"));
        assert!(told(&[0.0, -1.0]).contains("the target holds -1, which is no class"));
        assert!(told(&[0.0, 2.0]).contains("no row has class 1"));
        assert!(told(&[1.0, 2.0]).contains("no row has class 0"));
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(!table(&made(2, &[1.0, 2.0, 3.0, 4.0], &[0.0]), dataset("diabetes")).0.is_empty());
        assert!(!table(&made(2, &[1.0, 2.0], &[0.0]), dataset("diabetes")).0.is_empty());
    }

    #[test]
    fn constant_targets_and_wide_data_are_noted() {
        let notes = |table: &Table| notes(table, Target::Number);
        assert_eq!(notes(&made(1, &[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0])), ["the target is constant: r2 is not defined"]);
        assert!(notes(&made(3, &[1.0; 6], &[1.0, 2.0]))[0].starts_with("3 features for 2 rows"));
        assert!(notes(&made(1, &[1.0, 2.0, 3.0], &[5.0, 5.0, 6.0])).is_empty());
    }
}
