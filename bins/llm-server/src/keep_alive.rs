//! How long a model stays loaded after a request: seconds, or a duration as Go writes it.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeepAlive {
    Forever,
    For(Duration),
}

/// Ollama's default.
pub(crate) const DEFAULT: KeepAlive = KeepAlive::For(Duration::from_mins(5));

/// Longer is forever: it keeps deadlines representable.
const LONGEST_S: f64 = 1e9;

impl KeepAlive {
    pub(crate) fn is_none(self) -> bool {
        self == Self::For(Duration::ZERO)
    }

    /// Whole seconds, cut toward zero as Ollama does; below zero is forever.
    fn from_seconds(seconds: f64) -> Self {
        if (0.0..=LONGEST_S).contains(&seconds) {
            Self::For(Duration::from_secs(seconds as u64))
        } else {
            Self::Forever
        }
    }

    /// `90s`, `1h30m`, `1.5h`, `300ms`, `-1m`, `0`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Self::For(Duration::ZERO));
        }
        if rest.is_empty() {
            return None;
        }
        let mut seconds = 0.0;
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let number: f64 = rest[..number_end].parse().ok()?;
            rest = &rest[number_end..];
            let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
            seconds += number * unit_seconds(&rest[..unit_end])?;
            rest = &rest[unit_end..];
        }
        if negative || seconds > LONGEST_S {
            return Some(Self::Forever);
        }
        Some(Self::For(Duration::from_secs_f64(seconds)))
    }
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

impl<'de> Deserialize<'de> for KeepAlive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(Self::from_seconds(number.as_f64().unwrap_or(0.0))),
            Value::String(text) => Self::parse(&text)
                .ok_or_else(|| D::Error::custom(format!("keep_alive: `{text}` is no duration such as 5m, 30s or -1s"))),
            _ => Err(D::Error::custom("keep_alive: a number of seconds or a duration such as 5m is wanted")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_as_go_reads_them() {
        let seconds = |s: f64| Some(KeepAlive::For(Duration::from_secs_f64(s)));
        assert_eq!(KeepAlive::parse("5m"), seconds(300.0));
        assert_eq!(KeepAlive::parse("1h30m"), seconds(5400.0));
        assert_eq!(KeepAlive::parse("1.5s"), seconds(1.5));
        assert_eq!(KeepAlive::parse("0"), seconds(0.0));
        assert_eq!(KeepAlive::parse("-1s"), Some(KeepAlive::Forever));
        for wrong in ["", "5", "m", "5 m", "1d", "1..2s", "-"] {
            assert_eq!(KeepAlive::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_whole_seconds() {
        let read = |text: &str| serde_json::from_str::<KeepAlive>(text).expect("a keep_alive");
        assert!(read("0").is_none());
        assert_eq!(read("-1"), KeepAlive::Forever);
        assert_eq!(read("1.9"), KeepAlive::For(Duration::from_secs(1)));
        assert!(serde_json::from_str::<KeepAlive>("[]").is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "[-+0-9.a-zµ ]{0,12}") {
            let _ = KeepAlive::parse(&text);
        }
    }
}
