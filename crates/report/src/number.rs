//! Numbers for people: three digits where nothing says how many are meant, else as many as the
//! interval carries (two significant digits of its half width).

use schema::analysis::Interval;

/// The unit that a metric is shown in: `ns` as µs, ms or s, `bytes` as KiB, MiB or GiB.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub divisor: f64,
    pub unit: String,
}

const TIMES: &[(f64, &str)] = &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
const SIZES: &[(f64, &str)] = &[(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1024.0, "KiB"), (1.0, "bytes")];

impl Scale {
    /// One unit for values that stand side by side, by the largest of them.
    pub fn of(unit: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let largest = values.into_iter().filter(|value| value.is_finite()).fold(0.0, |a: f64, b| a.max(b.abs()));
        let steps = match unit {
            "ns" => TIMES,
            "bytes" => SIZES,
            _ => return Self { divisor: 1.0, unit: unit.to_owned() },
        };
        let (divisor, name) =
            steps.iter().find(|(divisor, _)| largest >= *divisor).or(steps.last()).copied().unwrap_or((1.0, "ns"));
        Self { divisor, unit: name.to_owned() }
    }

    pub fn apply(&self, value: f64) -> f64 {
        value / self.divisor
    }

    /// Three significant digits with the unit: `12.3 ms`.
    pub fn show(&self, value: f64) -> String {
        format!("{} {}", significant(self.apply(value), 3), self.unit).trim_end().to_owned()
    }
}

/// One value in a unit of its own.
pub fn quantity(unit: &str, value: f64) -> String {
    Scale::of(unit, [value]).show(value)
}

/// `digits` significant digits, without an exponent where a person would write none.
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "no value".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rounded first: 9.996 with three digits is 10.0, one place more before the point.
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if !(-4..9).contains(&exponent) {
        return scientific;
    }
    let decimals = (i32::try_from(digits).unwrap_or(i32::MAX) - 1 - exponent).max(0) as usize;
    format!("{value:.decimals$}")
}

/// Decimals that show two significant digits of an interval's half width.
pub fn decimals(interval: Interval) -> Option<usize> {
    let half_width = (interval.high - interval.low) / 2.0;
    if !half_width.is_finite() || half_width <= 0.0 {
        return None;
    }
    Some((1.0 - half_width.log10().floor()).clamp(0.0, 6.0) as usize)
}

/// A ratio with as many digits as its interval carries: `3.12`.
pub fn ratio(value: f64, interval: Option<Interval>) -> String {
    match interval.and_then(decimals) {
        Some(decimals) => format!("{value:.decimals$}"),
        None => significant(value, 3),
    }
}

/// `2.96–3.29`.
pub fn interval(interval: Interval) -> String {
    let shown = |value: f64| match decimals(interval) {
        Some(decimals) => format!("{value:.decimals$}"),
        None => significant(value, 3),
    };
    format!("{}–{}", shown(interval.low), shown(interval.high))
}

/// A p-value: never 0.
pub fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { significant(p, 2) }
}

/// `1 run`, `2 runs`.
pub fn count(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_follow_the_largest_value() {
        assert_eq!(quantity("ns", 12_345_678.0), "12.3 ms");
        assert_eq!(quantity("ns", 999.6), "1000 ns");
        assert_eq!(quantity("bytes", 123_456_789.0), "118 MiB");
        assert_eq!(quantity("bytes", 0.0), "0 bytes");
        assert_eq!(quantity("r2", 0.4526), "0.453 r2");
        let scale = Scale::of("ns", [900_000.0, 2_000_000.0]);
        assert_eq!((scale.show(900_000.0), scale.show(2_000_000.0)), ("0.900 ms".to_owned(), "2.00 ms".to_owned()));
    }

    #[test]
    fn significant_digits_survive_rounding_up() {
        assert_eq!(significant(9.996, 3), "10.0");
        assert_eq!(significant(0.000_123_45, 3), "0.000123");
        assert_eq!(significant(1.5e-9, 2), "1.5e-9");
        assert_eq!(significant(-2.5, 2), "-2.5");
        assert_eq!(significant(f64::NAN, 3), "no value");
    }

    #[test]
    fn digits_follow_the_interval() {
        let narrow = Interval { low: 2.961, high: 3.294 };
        assert_eq!(ratio(3.123_4, Some(narrow)), "3.12");
        assert_eq!(interval(narrow), "2.96–3.29");
        let wide = Interval { low: 1.1, high: 97.0 };
        assert_eq!(ratio(10.4, Some(wide)), "10");
        let point = Interval { low: 2.0, high: 2.0 };
        assert_eq!(ratio(2.0, Some(point)), "2.00");
    }

    #[test]
    fn p_is_never_shown_as_zero() {
        assert_eq!(p_value(0.0), "< 0.0001");
        assert_eq!(p_value(0.0312), "0.031");
    }
}
