//! A comparison seen from its cheaper side, so that every ratio reads "A is N× faster than B"
//! with N ≥ 1, whichever arm stands left in the analysis.

use schema::analysis::{ArmAnalysis, CellAnalysis, Comparison, Interval, Role, Verdict};
use schema::id::{ArmId, Id, Variant};
use schema::implementation::Language;
use schema::params::Mode;

/// The metric that a cell is about: the work of a warm process, the whole of a cold one.
pub fn primary_metric(cell: &CellAnalysis) -> &'static str {
    match cell.cell.mode {
        Mode::Warm => "work_ns",
        Mode::Cold => "wall_ns",
    }
}

/// What the metrics of every task are called in a sentence; an unknown one keeps its id.
pub fn metric_name(metric: &Id) -> &str {
    figure_name(metric.as_str())
}

/// Of a metric, or of what a record says of resources.
pub fn figure_name(figure: &str) -> &str {
    match figure {
        "work_ns" => "time of the work",
        "wall_ns" => "time of the whole process",
        "cpu_ns" => "CPU time",
        "startup_ns" => "time from start to first mark",
        "rss_peak_bytes" => "peak memory",
        "ttft" => "time to the first token",
        "client_time" => "a call's time beside the server's own",
        "token_time" => "the server's time a token",
        "rss_mean_bytes" => "mean memory",
        "rss_tree_peak_bytes" => "peak memory of all its processes, as sampled",
        "cpu_percent" => "processor use, of one core",
        "cpu_energy_joules" | "cpu_energy_microjoules" => "energy of the processors, whoever used them",
        "gpu_memory_peak_bytes" => "peak GPU memory",
        "gpu_memory_mean_bytes" => "mean GPU memory",
        "gpu_percent" => "GPU use",
        "gpu_energy_joules" | "gpu_energy_microjoules" => "energy of the GPU",
        other => other,
    }
}

pub struct Side<'a> {
    pub arm: &'a ArmId,
    pub value: Option<f64>,
}

/// `dearer` costs `factor` (≥ 1) times what `cheaper` costs.
pub struct Oriented<'a> {
    pub cheaper: Side<'a>,
    pub dearer: Side<'a>,
    pub factor: f64,
    pub interval: Option<Interval>,
}

/// None where there is no ratio.
pub fn orient(comparison: &Comparison) -> Option<Oriented<'_>> {
    let left = Side { arm: &comparison.left, value: comparison.left_value };
    let right = Side { arm: &comparison.right, value: comparison.right_value };
    let ratio = usable(comparison.ratio?)?;
    if ratio < 1.0 {
        let interval = comparison.interval.and_then(inverse);
        Some(Oriented { cheaper: left, dearer: right, factor: 1.0 / ratio, interval })
    } else {
        Some(Oriented { cheaper: right, dearer: left, factor: ratio, interval: comparison.interval })
    }
}

/// The two sides as they are shown: the cheaper first, or as they stand where there is no ratio.
pub fn sides(comparison: &Comparison) -> (Side<'_>, Side<'_>) {
    match orient(comparison) {
        Some(oriented) => (oriented.cheaper, oriented.dearer),
        None => (
            Side { arm: &comparison.left, value: comparison.left_value },
            Side { arm: &comparison.right, value: comparison.right_value },
        ),
    }
}

/// How many times as much `other` costs as `arm`, with its interval.
pub fn gain_of(comparison: &Comparison, arm: &ArmId) -> Option<(f64, Option<Interval>)> {
    let ratio = usable(comparison.ratio?)?;
    if comparison.right == *arm {
        Some((ratio, comparison.interval))
    } else {
        Some((1.0 / ratio, comparison.interval.and_then(inverse)))
    }
}

pub fn inverse(interval: Interval) -> Option<Interval> {
    Some(Interval { low: 1.0 / usable(interval.high)?, high: 1.0 / usable(interval.low)? })
}

fn usable(ratio: f64) -> Option<f64> {
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// The arm that the verdict calls better, where it calls one better.
pub fn winner(comparison: &Comparison) -> Option<&ArmId> {
    match comparison.verdict {
        Verdict::MateriallyFaster | Verdict::Faster => Some(&comparison.left),
        Verdict::MateriallySlower | Verdict::Slower => Some(&comparison.right),
        _ => None,
    }
}

/// The primary test and its companion disagree at 5 %: such a row is no headline (STATS 2.5). Of fewer
/// rounds than a verdict takes the signed-rank test is never below 5 %, so there it disagrees with nothing.
pub fn depends_on_assumptions(comparison: &Comparison) -> bool {
    let disagree = |(p, companion): (f64, f64)| (p < 0.05) != (companion < 0.05);
    shows_ratio(comparison) && comparison.p.zip(comparison.p_companion).is_some_and(disagree)
}

/// Whether the ratio may stand in a headline: the sides did the same work and enough runs were made.
pub fn shows_ratio(comparison: &Comparison) -> bool {
    comparison.parity.comparable()
        && !matches!(comparison.verdict, Verdict::NotComparable | Verdict::DecidedByServer | Verdict::TooFewRuns)
}

pub fn arm<'a>(cell: &'a CellAnalysis, arm: &ArmId) -> Option<&'a ArmAnalysis> {
    cell.arms.iter().find(|candidate| candidate.facts.arm == *arm)
}

pub fn language(cell: &CellAnalysis, id: &ArmId) -> Option<Language> {
    arm(cell, id).map(|arm| arm.facts.language)
}

pub fn language_name(language: Language) -> &'static str {
    match language {
        Language::Rust => "Rust",
        Language::Python => "Python",
        Language::Other => "another language",
    }
}

/// `regression_linfa (Rust)`; the arms of calibration keep their suffix.
pub fn named(cell: &CellAnalysis, id: &ArmId) -> String {
    match language(cell, id) {
        Some(language) if id.variant == Variant::Plain => format!("{id} ({})", language_name(language)),
        _ => id.to_string(),
    }
}

/// The comparisons of one role on the cell's own question.
pub fn primary(cell: &CellAnalysis, role: Role) -> impl Iterator<Item = &Comparison> {
    let metric = primary_metric(cell);
    cell.comparisons.iter().filter(move |comparison| comparison.role == role && comparison.metric.as_str() == metric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn swapping_the_sides_changes_no_word_of_the_orientation() {
        let analysis = fixture::rust_faster();
        let comparison = primary(&analysis.cells[0], Role::Library).next().expect("a comparison").clone();
        let mut swapped = comparison.clone();
        std::mem::swap(&mut swapped.left, &mut swapped.right);
        std::mem::swap(&mut swapped.left_value, &mut swapped.right_value);
        swapped.ratio = comparison.ratio.map(|ratio| 1.0 / ratio);
        swapped.interval = comparison.interval.and_then(inverse);
        let (a, b) = (orient(&comparison).expect("a ratio"), orient(&swapped).expect("a ratio"));
        assert_eq!((a.cheaper.arm, a.dearer.arm), (b.cheaper.arm, b.dearer.arm));
        assert!((a.factor - b.factor).abs() < 1e-12 && a.factor > 1.0);
        let gain = gain_of(&comparison, a.cheaper.arm).expect("a ratio").0;
        assert!((gain - a.factor).abs() < 1e-12);
    }

    #[test]
    fn a_ratio_of_zero_or_infinity_is_no_ratio() {
        let analysis = fixture::rust_faster();
        let mut comparison = analysis.cells[0].comparisons[0].clone();
        for ratio in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            comparison.ratio = Some(ratio);
            assert!(orient(&comparison).is_none(), "{ratio}");
        }
    }
}
