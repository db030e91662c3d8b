//! How large a dataset will be, from its parameters alone: `n_samples` rows of `n_features` values
//! and one target, of 8 bytes each.

use schema::config::DatasetChoice;

use crate::table;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub rows: u64,
    pub columns: u64,
    pub bytes: u64,
}

/// The columns of a dataset that has no parameter for them.
const PLANE: u64 = 2;

/// None where the parameters do not say it.
pub fn expected(choice: &DatasetChoice) -> Option<Size> {
    let parameters = table::resolve(choice).ok()?;
    let number = |name: &str| parameters.get(name)?.as_u64();
    let (rows, columns) = (number("n_samples")?, number("n_features").unwrap_or(PLANE));
    Some(Size { rows, columns, bytes: rows.saturating_mul(columns.saturating_add(1)).saturating_mul(8) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parameters_tell_a_size() {
        let choice = |text: &str| serde_json::from_str::<DatasetChoice>(text).expect("a choice");
        let made = choice(r#"{"name": "synthetic_linear", "n_samples": 1000, "n_features": 9}"#);
        assert_eq!(expected(&made), Some(Size { rows: 1000, columns: 9, bytes: 80_000 }));
        let moons = choice(r#"{"name": "synthetic_moons", "n_samples": 1000}"#);
        assert_eq!(expected(&moons), Some(Size { rows: 1000, columns: 2, bytes: 24_000 }));
        assert_eq!(expected(&choice("\"diabetes\"")), None);
    }
}
