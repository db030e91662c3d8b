//! Declared shapes against found ones: a number means itself, a letter the same length everywhere.

use std::collections::BTreeMap;

pub(crate) struct Lengths(BTreeMap<String, u64>);

impl Lengths {
    pub(crate) fn new(known: impl IntoIterator<Item = (String, u64)>) -> Self {
        Self(known.into_iter().collect())
    }

    /// Whether `found` fits what is declared; letters that are new get their meaning here.
    pub(crate) fn fit(&mut self, declared: &[String], found: &[u64]) -> Result<(), String> {
        if declared.len() != found.len() {
            return Err(format!("shape {found:?} where [{}] is declared", declared.join(", ")));
        }
        for (letter, length) in declared.iter().zip(found) {
            let wanted = match letter.parse() {
                Ok(number) => number,
                Err(_) => *self.0.entry(letter.clone()).or_insert(*length),
            };
            if wanted != *length {
                return Err(format!("length {length} where `{letter}` is {wanted}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_means_one_length_and_a_number_itself() {
        let declared = |text: &[&str]| text.iter().map(|&letter| letter.to_owned()).collect::<Vec<_>>();
        let mut lengths = Lengths::new([("n_test".to_owned(), 5)]);
        assert_eq!(lengths.fit(&declared(&["n_test", "d"]), &[5, 3]), Ok(()));
        assert_eq!(lengths.fit(&declared(&["d"]), &[3]), Ok(()));
        assert_eq!(lengths.fit(&declared(&["1"]), &[1]), Ok(()));
        assert_eq!(lengths.fit(&declared(&["d"]), &[4]), Err("length 4 where `d` is 3".to_owned()));
        assert_eq!(lengths.fit(&declared(&["1"]), &[2]), Err("length 2 where `1` is 1".to_owned()));
        assert_eq!(lengths.fit(&declared(&["n_test"]), &[4]), Err("length 4 where `n_test` is 5".to_owned()));
        assert_eq!(lengths.fit(&declared(&["d"]), &[3, 1]), Err("shape [3, 1] where [d] is declared".to_owned()));
    }
}
