//! What a reader should know beside a comparison's verdict. A warning changes no figure.

use stats::warm_up::{self, WarmUp};
use stats::{ALPHA, RUNS_TO_CLAIM, describe};

use crate::compare::Draft;
use crate::runs::ArmRuns;

/// Fewer rounds than this do not judge their own correlation.
const ROUNDS_FOR_CORRELATION: usize = 20;

pub(crate) fn of(
    draft: &Draft<'_>,
    p: Option<f64>,
    p_companion: Option<f64>,
    autocorrelation: Option<f64>,
    resolution_remark: Option<&str>,
) -> Vec<String> {
    let n = draft.rounds.len();
    let mut warnings = Vec::new();
    if let (Some(p), Some(companion)) = (p, p_companion)
        && n >= RUNS_TO_CLAIM
        && (p < ALPHA) != (companion < ALPHA)
    {
        warnings.push(format!(
            "depends on assumptions: the t-test's p is {p:.2e}, the signed-rank test's {companion:.2e}; no headline"
        ));
    }
    if let Some(correlation) = autocorrelation
        && n >= ROUNDS_FOR_CORRELATION
        && correlation.abs() > 2.0 / (n as f64).sqrt()
    {
        warnings.push(format!(
            "neighbouring rounds resemble each other (lag-1 autocorrelation {correlation:.2}), so the interval is too sure"
        ));
    }
    warnings.extend(resolution_remark.map(str::to_owned));
    for runs in [&draft.left, &draft.right] {
        warnings.extend(outliers(draft, runs));
        warnings.extend(disturbed(runs));
        if draft.metric.id == "work_ns" {
            warnings.extend(warm_up(runs));
        }
    }
    warnings
}

fn outliers(draft: &Draft<'_>, runs: &ArmRuns<'_>) -> Option<String> {
    let values: Vec<(usize, f64)> =
        runs.values(draft.metric).into_iter().enumerate().filter_map(|(round, value)| Some((round, value?))).collect();
    let there: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    let severe = describe::outliers(&there).ok()?.severe;
    let rounds: Vec<String> = severe.iter().map(|place| values[*place].0.to_string()).collect();
    (!rounds.is_empty())
        .then(|| format!("{} lies beyond 3 interquartile ranges in round {}; kept", runs.facts.arm, rounds.join(", ")))
}

fn disturbed(runs: &ArmRuns<'_>) -> Option<String> {
    let disturbed = runs.disturbed();
    (disturbed > 0)
        .then(|| format!("{disturbed} of {} runs of {} were disturbed; kept", runs.runs.len(), runs.facts.arm))
}

/// Runs whose iterations had not settled, by the same rule for all languages.
fn warm_up(runs: &ArmRuns<'_>) -> Option<String> {
    let durations = runs.runs.iter().filter_map(|run| run.iterations_ns.as_deref());
    let judged: Vec<WarmUp> = durations.filter_map(|durations| warm_up::judge(durations).ok()).collect();
    let unsettled = judged.iter().filter(|found| matches!(found, WarmUp::NotSteady(_))).count();
    let arm = &runs.facts.arm;
    (unsettled > 0).then(|| format!("the iterations of {arm} had not settled in {unsettled} of {} runs", judged.len()))
}
