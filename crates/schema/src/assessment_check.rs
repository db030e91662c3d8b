//! What no schema can say of config/assessment.yaml: names that must be known.

use std::collections::BTreeSet;

use crate::assessment::AssessmentInputs;
use crate::fault::{Fault, Faults, nearest};
use crate::yaml::Located;

/// The criteria that a study scores by itself: measured, facts of the builds, and the framework's
/// score. Others are known only where the file states scores for them.
pub const SCORED: [&str; 8] = [
    "work_time",
    "process_time",
    "start_up",
    "peak_memory",
    "deployed_size",
    "dependencies",
    "lines_of_code",
    "framework",
];

pub fn check(inputs: &Located<AssessmentInputs>) -> Faults {
    let Located { value, lines } = inputs;
    let mut faults = Faults::default();
    let stated = value.decision.stated.iter().map(|score| score.criterion.as_str());
    let known: BTreeSet<&str> = SCORED.into_iter().chain(stated).collect();
    for (id, use_case) in &value.decision.use_cases {
        let place = lines.place(&format!("/decision/use_cases/{id}/weights"));
        for criterion in use_case.weights.keys().filter(|criterion| !known.contains(criterion.as_str())) {
            let what = format!("use case `{id}`: nothing scores the criterion `{criterion}`");
            faults.push(Fault::new(&place, what).hint(hint(criterion.as_str(), &known)));
        }
        if use_case.weights.values().all(|weight| weight.0 == 0.0) {
            faults.push(Fault::new(&place, format!("use case `{id}`: every weight is 0")));
        }
    }
    let alerts = &value.alerts;
    for (name, metric) in [("seconds_metric", &alerts.seconds_metric), ("memory_metric", &alerts.memory_metric)] {
        if !is_metric(metric) {
            let what = format!("alerts.{name}: `{metric}` is no name of a Prometheus metric");
            let fault = Fault::new(lines.place(&format!("/alerts/{name}")), what);
            faults.push(fault.hint("letters, digits, `_` and `:`, not beginning with a digit"));
        }
    }
    if !is_duration(&alerts.wait) {
        let what = format!("alerts.wait: `{}` is no duration", alerts.wait);
        faults.push(Fault::new(lines.place("/alerts/wait"), what).hint("a number and one of s, m, h, d: `10m`"));
    }
    faults
}

fn hint(criterion: &str, known: &BTreeSet<&str>) -> String {
    match nearest(criterion, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "give it scores under `stated`, or take one of {}",
            known.iter().copied().collect::<Vec<_>>().join(", ")
        ),
    }
}

fn is_metric(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|c| !c.is_ascii_digit())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b':')
}

fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix(['s', 'm', 'h', 'd']) else { return false };
    !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit())
}
