//! Durations as people write and read them: `25m`, `1h30m`, `90s`; `2 min 36 s`.

use crate::fault::Fault;

const UNITS: [(char, u32); 3] = [('h', 3600), ('m', 60), ('s', 1)];
/// A month: more is a slip of the keyboard.
const SECONDS_MAX: u32 = 31 * 24 * 3600;

/// `1h30m` in seconds: whole numbers with h, m or s, largest unit first, each at most once.
pub fn parse(text: &str) -> Result<u32, Fault> {
    let refused = |what: String| Fault::new("", what).hint("write it as 25m, 1h30m or 90s");
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut seconds: u32 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let unit = tail.chars().next().unwrap_or(' ');
        let factor = units.by_ref().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let part = factor.and_then(|factor| number.parse::<u32>().ok()?.checked_mul(factor));
        let sum = part.and_then(|part| seconds.checked_add(part)).filter(|sum| *sum <= SECONDS_MAX);
        let Some(sum) = sum else { return Err(refused(format!("`{text}` is no duration of at most 31 days"))) };
        seconds = sum;
        rest = tail.strip_prefix(unit).unwrap_or_default();
    }
    if seconds == 0 { Err(refused(format!("`{text}` is no time at all"))) } else { Ok(seconds) }
}

/// `0.4 s`, `36 s`, `2 min 36 s`, `1 h 5 min`.
pub fn words(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_their_units() {
        for (text, seconds) in [("25m", 1500), ("1h30m", 5400), ("90s", 90), ("1h1s", 3601), (" 2m ", 120)] {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
        for text in ["", "25", "m", "0m", "30m1h", "1m1m", "1.5h", "-1m", "1d", "99999999999h", "1193047h", "1 m", "ms"]
        {
            let fault = parse(text).expect_err(text);
            assert!(fault.hint.is_some_and(|hint| hint.contains("25m")), "{text}");
        }
    }

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        for (seconds, text) in [
            (0.04, "0.0 s"),
            (2.25, "2.2 s"),
            (9.96, "10 s"),
            (59.6, "1 min"),
            (156.0, "2 min 36 s"),
            (3600.0, "1 h"),
            (3900.0, "1 h 5 min"),
        ] {
            assert_eq!(words(seconds), text);
        }
    }
}
