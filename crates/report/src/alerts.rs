//! Alert and rollback rules for Prometheus, derived from the measured distributions: a limit that a
//! healthy run passes once in two hundred, and for Rust the one at which its advantage is gone.

use std::fmt::Write;

use schema::analysis::{Analysis, ArmAnalysis, CellAnalysis, Role, Summary};
use schema::assessment::AlertInputs;
use schema::implementation::Language;

use crate::number::{quantity, significant};
use crate::orient;
use crate::words::PAIRS_MIN;

/// One-sided: a new run of the same distribution lies above it once in two hundred.
const PROBABILITY: f64 = 0.995;

/// The upper prediction limit of one new run, lognormal: exp(m + t·s·√(1 + 1/n)).
pub fn limit(summary: &Summary) -> Option<f64> {
    let (mean, sd) = (summary.geometric_mean.filter(|mean| *mean > 0.0)?, summary.cv?);
    if summary.n < PAIRS_MIN {
        return None;
    }
    let n = f64::from(summary.n);
    let t = stats::student::quantile(PROBABILITY, n - 1.0).ok()?;
    Some((mean.ln() + t * sd * (1.0 + 1.0 / n).sqrt()).exp())
}

/// A rules file that `promtool check rules` accepts; groups only where there is a limit.
pub fn rules(analysis: &Analysis, inputs: &AlertInputs) -> String {
    let mut text = String::from(
        "# Made by Ferrobench from the runs of this study. The limits are about this machine and these inputs:\n\
         # measure yours again where you deploy. The metrics' names come from config/assessment.yaml.\n",
    );
    let groups: Vec<String> =
        analysis.cells.iter().filter(|_| analysis.measures).filter_map(|cell| group(cell, inputs)).collect();
    if groups.is_empty() {
        text.push_str("groups: []\n");
    } else {
        text.push_str("groups:\n");
        for group in &groups {
            text.push_str(group);
        }
    }
    text
}

fn group(cell: &CellAnalysis, inputs: &AlertInputs) -> Option<String> {
    let mut rules = String::new();
    for arm in cell
        .arms
        .iter()
        .filter(|arm| arm.facts.slow_percent == 0 && arm.facts.arm.to_string() == arm.facts.implementation.as_str())
    {
        for (metric, name, what, divisor) in [
            (orient::primary_metric(cell), &inputs.seconds_metric, "slow", 1e9),
            ("rss_peak_bytes", &inputs.memory_metric, "large", 1.0),
        ] {
            if let Some(rule) = alert(cell, arm, metric, name, what, divisor, &inputs.wait) {
                rules.push_str(&rule);
            }
        }
    }
    rules.push_str(&rollbacks(cell, inputs));
    (!rules.is_empty())
        .then(|| format!("  - name: {}\n    rules:\n{rules}", quoted(&format!("ferrobench_{}", cell.block_id))))
}

fn summary<'a>(arm: &'a ArmAnalysis, metric: &str) -> Option<&'a Summary> {
    arm.metrics.iter().find(|(id, _)| id.as_str() == metric).map(|(_, summary)| summary)
}

fn alert(
    cell: &CellAnalysis,
    arm: &ArmAnalysis,
    metric: &str,
    name: &str,
    what: &str,
    divisor: f64,
    wait: &str,
) -> Option<String> {
    let summary = summary(arm, metric)?;
    let limit = limit(summary)?;
    let why = format!(
        "{}: above {}, which one healthy run in two hundred passes (geometric mean {}, n = {} runs)",
        cell.cell.label,
        quantity(&summary.unit, limit),
        quantity(&summary.unit, summary.geometric_mean?),
        summary.n
    );
    Some(rule(
        cell,
        arm,
        &format!("ferrobench_{}_{what}", arm.facts.implementation),
        name,
        limit / divisor,
        "warning",
        wait,
        &why,
    ))
}

/// Where Rust is shown to be faster: the time at which the Python that it replaced was as fast.
fn rollbacks(cell: &CellAnalysis, inputs: &AlertInputs) -> String {
    let mut rules = String::new();
    for comparison in orient::primary(cell, Role::Library).filter(|c| orient::shows_ratio(c)) {
        let Some(winner) = orient::winner(comparison).and_then(|winner| orient::arm(cell, winner)) else { continue };
        let (_, loser) = orient::sides(comparison);
        let Some(value) = loser.value.filter(|_| winner.facts.language == Language::Rust) else { continue };
        let why = format!(
            "{}: as slow as {} was ({}, geometric mean, n = {} pairs): the reason for the change is gone",
            cell.cell.label,
            loser.arm,
            quantity(&comparison.unit, value),
            comparison.n
        );
        let name = format!("ferrobench_{}_roll_back", winner.facts.implementation);
        rules.push_str(&rule(cell, winner, &name, &inputs.seconds_metric, value / 1e9, "critical", &inputs.wait, &why));
    }
    rules
}

#[expect(clippy::too_many_arguments, reason = "the parts of one rule, in the order of the file")]
fn rule(
    cell: &CellAnalysis,
    arm: &ArmAnalysis,
    name: &str,
    metric: &str,
    limit: f64,
    severity: &str,
    wait: &str,
    why: &str,
) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "      - alert: {}\n        expr: {}\n        for: {}\n        labels: {{severity: {severity}, cell: {}}}\n        \
         annotations: {{summary: {}}}\n",
        quoted(name),
        quoted(&format!(
            "{metric}{{task=\"{}\",implementation=\"{}\",cell=\"{}\"}} > {}",
            cell.cell.task,
            arm.facts.implementation,
            cell.block_id,
            significant(limit, 4)
        )),
        quoted(wait),
        quoted(cell.block_id.as_str()),
        quoted(&why.replace("{{", "{ {"))
    );
    text
}

/// A YAML double-quoted scalar is JSON's string and more.
fn quoted(text: &str) -> String {
    serde_json::Value::from(schema::fault::visible(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_limit_is_the_lognormal_prediction_limit() {
        // scipy: exp(log(10) + t.ppf(0.995, 19) * 0.03 * sqrt(1 + 1/20))
        let summary = Summary { n: 20, geometric_mean: Some(10.0), cv: Some(0.03), ..Summary::default() };
        assert!((limit(&summary).expect("a limit") - 10.919_308_7).abs() < 1e-6, "{:?}", limit(&summary));
        assert!(limit(&Summary { n: 5, ..summary }).is_none(), "too few runs for a limit");
    }

    #[test]
    fn rust_gets_a_way_back_and_nothing_is_made_of_nothing() {
        let rules = rules(&fixture::rust_faster(), &fixture::inputs().alerts);
        assert!(rules.contains("ferrobench_regression_linfa_roll_back") && rules.contains("> 0.03840"), "{rules}");
        assert!(!rules.contains("ferrobench_regression_sklearn_roll_back"));
        assert!(super::rules(&fixture::smoke(), &fixture::inputs().alerts).ends_with("groups: []\n"));
    }
}
