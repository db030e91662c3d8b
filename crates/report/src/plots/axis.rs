//! The horizontal axis: linear or logarithmic, with round ticks.

/// What is drawn lies between `low` and `high`, in the axis's own coordinate (ln for a log axis).
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
    pub(super) log: bool,
    pub(super) title: String,
}

/// The share of the axis's length that stays free at both ends.
const PADDING: f64 = 0.04;

impl Axis {
    /// None where there is nothing finite (and, on a log axis, positive) to draw.
    pub(super) fn new(values: impl IntoIterator<Item = f64>, log: bool, title: String) -> Option<Self> {
        let usable = |value: &f64| value.is_finite() && (!log || *value > 0.0);
        let (low, high) = values
            .into_iter()
            .filter(usable)
            .fold(None, |range: Option<(f64, f64)>, value| {
                Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
            })
            .map(|(low, high)| widen(low, high, log))?;
        let ticks = if log { log_ticks(low, high) } else { linear_ticks(low, high) };
        let axis = Self { low: place(low, log), high: place(high, log), ticks: Vec::new(), log, title };
        let margin = (axis.high - axis.low) * PADDING;
        let ticks = ticks.into_iter().map(|tick| axis.place(tick)).collect();
        Some(Self { low: axis.low - margin, high: axis.high + margin, ticks, ..axis })
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        place(value, self.log)
    }
}

fn place(value: f64, log: bool) -> f64 {
    if log { value.ln() } else { value }
}

/// A range of no length gets one: a tenth to both sides.
fn widen(low: f64, high: f64, log: bool) -> (f64, f64) {
    if high > low {
        return (low, high);
    }
    if log { (low / 1.1, high * 1.1) } else { (low - low.abs().max(1.0) * 0.1, high + high.abs().max(1.0) * 0.1) }
}

fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    const STEPS: [&[f64]; 4] = [&[1.0], &[1.0, 3.0], &[1.0, 2.0, 5.0], &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]];
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    for steps in STEPS {
        let ticks: Vec<f64> = decades
            .clone()
            .flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)))
            .filter(|tick| (low..=high).contains(tick))
            .collect();
        if ticks.len() >= 4 {
            return ticks;
        }
    }
    linear_ticks(low, high)
}

/// About five multiples of 1, 2 or 5 times a power of ten.
fn linear_ticks(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / 5.0;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|s| s * power).find(|step| *step >= raw).unwrap_or(raw);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|number| number as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(log_ticks(0.9, 12_000.0), [1.0, 10.0, 100.0, 1000.0, 10_000.0]);
        assert_eq!(log_ticks(0.9, 11.0), [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(linear_ticks(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let narrow = log_ticks(0.96, 1.04);
        assert!(narrow.len() >= 4 && narrow.iter().any(|tick| (tick - 1.0).abs() < 1e-12), "{narrow:?}");
    }

    #[test]
    fn nothing_to_draw_is_no_axis_and_one_value_is_one() {
        assert!(Axis::new([f64::NAN, 0.0, -1.0], true, String::new()).is_none());
        let axis = Axis::new([5.0], true, String::new()).expect("an axis");
        assert!(axis.low < 5_f64.ln() && axis.high > 5_f64.ln() && !axis.ticks.is_empty());
    }
}
