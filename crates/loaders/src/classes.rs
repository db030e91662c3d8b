//! A target of classes: words or whole numbers, which become 0, 1, … in sorted order.

use std::collections::{BTreeMap, HashMap};

use datasets::table::Target;
use schema::fault::{Fault, Faults, visible};

use crate::npy::EXACT_MAX;
use crate::numbers::Tally;

/// More classes are a column of names or numbers that was taken for one of classes.
const CLASSES_MAX: usize = 100;
/// Whole numbers of so few kinds are taken for classes where nobody says what they are.
const FEW: usize = 20;
/// Classes whose faults are told one by one.
const CLASSES_TOLD: usize = 5;

/// What a target holds, from a look at it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// What it is taken for where nobody says it.
    pub suggests: Target,
    /// Whether it may be taken for numbers.
    pub numbers: bool,
    /// What was found that says so, for people.
    pub because: String,
}

/// The cells of a target while it is read. A word's value in its column is its number here.
#[derive(Debug, Default)]
pub(crate) struct Words {
    known: HashMap<String, u32>,
    kinds: Vec<String>,
    word: Tally,
    number: Tally,
    fraction: Tally,
}

impl Words {
    pub(crate) fn number(&mut self, value: f64, where_: impl Fn() -> String) -> f64 {
        if value.fract() != 0.0 || value.abs() > EXACT_MAX as f64 {
            self.fraction.add(&where_, value);
        }
        self.number.add(&where_, value);
        value
    }

    /// Of too many words the later ones are not kept apart: the column is refused as it is.
    pub(crate) fn word(&mut self, text: String, where_: impl Fn() -> String) -> f64 {
        self.word.add(&where_, &text);
        if let Some(number) = self.known.get(&text) {
            return f64::from(*number);
        }
        let next = self.kinds.len().min(CLASSES_MAX);
        if self.kinds.len() <= CLASSES_MAX {
            self.kinds.push(text.clone());
            self.known.insert(text, next as u32);
        }
        next as f64
    }

    pub(crate) fn survey(&self, name: &str, values: &[f64], place: &str) -> Result<Survey, Faults> {
        if self.word.count > 0 {
            self.classes(name, values, place)?;
            let because = format!("`{}` in {} is a word", self.word.text, self.word.place);
            return Ok(Survey { suggests: Target::Classes, numbers: false, because });
        }
        if self.fraction.count > 0 {
            let because = format!("{} in {} is no whole number", self.fraction.text, self.fraction.place);
            return Ok(Survey { suggests: Target::Number, numbers: true, because });
        }
        let kinds = rows_of_each(values);
        let few = (2..=FEW).contains(&kinds.len()) && kinds.values().all(|rows| *rows > 1);
        let suggests = if few { Target::Classes } else { Target::Number };
        let because = if kinds.len() > FEW {
            format!("it holds {} different whole numbers, and more than {FEW} are taken for numbers", kinds.len())
        } else if few {
            format!("it holds {} different whole numbers", kinds.len())
        } else {
            format!("of its {} different whole numbers not all are in two rows", kinds.len())
        };
        Ok(Survey { suggests, numbers: true, because })
    }

    /// By class, what the file calls it and the value that its cells have in the column.
    pub(crate) fn classes(&self, name: &str, values: &[f64], place: &str) -> Result<Vec<(String, i64)>, Faults> {
        let refused = |what: String, hint: &str| {
            Err(Fault::new(place, format!("column `{name}`: {what}")).hint(hint.to_owned()).into())
        };
        let Self { kinds, word, number, fraction, .. } = self;
        if word.count > 0 && number.count > 0 {
            let what = format!(
                "holds both words (`{}` in {}) and numbers ({} in {})",
                word.text, word.place, number.text, number.place
            );
            return refused(what, "classes are either words or whole numbers; write all of them one way");
        }
        if fraction.count > 0 {
            let what = format!("{} in {} is no class", fraction.text, fraction.place);
            return refused(what, "classes are words or whole numbers; --target_is numbers takes the target as it is");
        }
        let rows = rows_of_each(values);
        if rows.len() > CLASSES_MAX {
            let what = format!("holds more than {CLASSES_MAX} different values; at most so many classes are read");
            return refused(what, "a name or number of each row is no class; choose another target");
        }
        let called = |value: i64| if word.count > 0 { kinds[value as usize].clone() } else { value.to_string() };
        let mut classes: Vec<(String, i64)> = rows.keys().map(|value| (called(*value), *value)).collect();
        if word.count > 0 {
            classes.sort();
        }
        if let [(only, _)] = &classes[..] {
            let what = format!("holds one class only, `{}`", visible(only));
            return refused(what, "two classes are needed at least");
        }
        let alone: Vec<String> = classes
            .iter()
            .filter(|(_, value)| rows[value] < 2)
            .map(|(called, _)| format!("`{}`", visible(called)))
            .collect();
        if !alone.is_empty() {
            let told = alone.iter().take(CLASSES_TOLD).cloned().collect::<Vec<_>>().join(", ");
            let more = if alone.len() > CLASSES_TOLD { " and others" } else { "" };
            let what = format!("one row only has the class {told}{more}");
            return refused(
                what,
                "a class needs 2 rows at least, one to fit and one to judge; remove or join such rows",
            );
        }
        Ok(classes)
    }
}

fn rows_of_each(values: &[f64]) -> BTreeMap<i64, u64> {
    let mut rows = BTreeMap::new();
    for value in values {
        *rows.entry(*value as i64).or_default() += 1;
    }
    rows
}

#[cfg(test)]
mod tests;
