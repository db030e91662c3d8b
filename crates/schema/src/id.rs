//! Ids: the names of tasks, implementations, arms, cells, blocks, datasets and studies.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every id matches. Ids reach file names, argument vectors and Nextflow scripts, so
/// nothing else is let through (security case 13).
pub const ID_PATTERN: &str = "^[a-z0-9][a-z0-9_]{0,63}$";

/// An id that has been checked against [`ID_PATTERN`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = ID_PATTERN))]
pub struct Id(String);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no id; allowed: a letter or digit, then up to 63 of a-z, 0-9 and _")]
pub struct InvalidId(String);

impl Id {
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let goes_on_well = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if starts_well && goes_on_well && text.len() <= 64 { Ok(Self(text)) } else { Err(InvalidId(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// An implementation inside a block, or the same one a second time under a suffix:
/// `@a2` (A/A: the implementation against itself) or `@slow5` (slowed by 5 % on purpose).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[a-z0-9][a-z0-9_]{0,63}(@a2|@slow[1-9][0-9]?)?$"))]
pub struct ArmId {
    pub implementation: Id,
    pub variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    Plain,
    /// The second arm of an A/A comparison.
    A2,
    /// Each mark's end is delayed by this many per cent of the mark's own time.
    Slow(u8),
}

impl ArmId {
    pub fn plain(implementation: Id) -> Self {
        Self { implementation, variant: Variant::Plain }
    }
}

impl TryFrom<String> for ArmId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        let (name, suffix) = text.split_once('@').map_or((text.as_str(), None), |(n, s)| (n, Some(s)));
        let variant = match suffix {
            None => Variant::Plain,
            Some("a2") => Variant::A2,
            Some(other) => match other.strip_prefix("slow").and_then(|p| p.parse::<u8>().ok()) {
                Some(percent @ 1..=99) => Variant::Slow(percent),
                _ => return Err(InvalidId(text)),
            },
        };
        Ok(Self { implementation: Id::new(name)?, variant })
    }
}

impl From<ArmId> for String {
    fn from(arm: ArmId) -> Self {
        arm.to_string()
    }
}

impl fmt::Display for ArmId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.variant {
            Variant::Plain => write!(formatter, "{}", self.implementation),
            Variant::A2 => write!(formatter, "{}@a2", self.implementation),
            Variant::Slow(percent) => write!(formatter, "{}@slow{percent}", self.implementation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_words_of_at_most_64() {
        for good in ["a", "regression_linfa", "0x", &"a".repeat(64)] {
            assert!(Id::new(good).is_ok(), "{good}");
        }
        for bad in ["", "_a", "A", "a-b", "a b", "../x", "a\n", "$(x)", &"a".repeat(65)] {
            assert!(Id::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn arms_read_back_as_they_were_written() {
        for text in ["svm_linfa", "svm_linfa@a2", "svm_linfa@slow5"] {
            assert_eq!(ArmId::try_from(text.to_owned()).expect(text).to_string(), text);
        }
        for bad in ["svm@", "svm@a3", "svm@slow0", "svm@slow100", "svm@slowx", "S@a2"] {
            assert!(ArmId::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
