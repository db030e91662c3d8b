//! config/assessment.yaml, and what no schema can say of it: names that must be known.

use std::collections::BTreeSet;
use std::path::Path;

use report::decision::{CRITERIA, FACTS, FRAMEWORK};
use schema::assessment::AssessmentInputs;
use schema::fault::{Fault, Faults, nearest};
use schema::yaml;

pub(crate) fn read(path: &Path) -> Result<AssessmentInputs, Faults> {
    let inputs: AssessmentInputs = yaml::read(path)?;
    let mut faults = Faults::default();
    let place = path.display().to_string();
    let stated = inputs.decision.stated.iter().map(|score| score.criterion.as_str());
    let known: BTreeSet<&str> = CRITERIA
        .iter()
        .map(|of| of.id)
        .chain(FACTS.iter().map(|(id, _)| *id))
        .chain([FRAMEWORK])
        .chain(stated)
        .collect();
    for (id, use_case) in &inputs.decision.use_cases {
        for criterion in use_case.weights.keys().filter(|criterion| !known.contains(criterion.as_str())) {
            let fault = Fault::new(&place, format!("use case `{id}`: nothing scores the criterion `{criterion}`"));
            faults.push(fault.hint(hint(criterion.as_str(), &known)));
        }
        if use_case.weights.values().all(|weight| weight.0 == 0.0) {
            faults.push(Fault::new(&place, format!("use case `{id}`: every weight is 0")));
        }
    }
    for (name, metric) in
        [("seconds_metric", &inputs.alerts.seconds_metric), ("memory_metric", &inputs.alerts.memory_metric)]
    {
        if !is_metric(metric) {
            let fault = Fault::new(&place, format!("alerts.{name}: `{metric}` is no name of a Prometheus metric"));
            faults.push(fault.hint("letters, digits, `_` and `:`, not beginning with a digit"));
        }
    }
    if !is_duration(&inputs.alerts.wait) {
        let fault = Fault::new(&place, format!("alerts.wait: `{}` is no duration", inputs.alerts.wait));
        faults.push(fault.hint("a number and one of s, m, h, d: `10m`"));
    }
    faults.into_result().map(|()| inputs)
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
