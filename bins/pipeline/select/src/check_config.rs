//! What no schema can say of benchmarks.yaml, frameworks.yaml, hardware.yaml and assessment.yaml: names that must
//! exist elsewhere, and values that contradict each other.

use std::collections::BTreeMap;

use schema::assessment_check;
use schema::config::{Benchmarks, Framework, Frameworks, Hardware, Score};
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::yaml::{Lines, Located};

use crate::config::Config;
use crate::names;
use crate::options::check_target_cpu;

pub(crate) fn check(config: &Config, faults: &mut Faults) {
    if let Some(benchmarks) = &config.benchmarks {
        check_benchmarks(benchmarks, faults);
        if let Some(frameworks) = &config.frameworks {
            check_frameworks(frameworks, &listed(&benchmarks.value), faults);
        }
    }
    if let Some(hardware) = &config.hardware {
        check_hardware(hardware, faults);
    }
    if let Some(assessment) = &config.assessment {
        faults.0.extend(assessment_check::check(assessment).0);
    }
}

fn check_benchmarks(benchmarks: &Located<Benchmarks>, faults: &mut Faults) {
    let Located { value, lines } = benchmarks;
    for (task, entry) in &value.tasks {
        let own = entry.implementations.iter().map(Id::as_str);
        let executables = value.executables.iter().filter(|(_, executable)| executable.task == *task);
        let known: Vec<&str> = own.chain(executables.map(|(id, _)| id.as_str())).collect();
        if known.is_empty() {
            let place = lines.place(&format!("/tasks/{task}/implementations"));
            faults.push(Fault::new(place, format!("task `{task}` has no implementation")));
        } else if !known.contains(&entry.reference.as_str()) {
            let place = lines.place(&format!("/tasks/{task}/reference"));
            let kind = format!("implementation of `{task}`");
            faults.push(names::unknown(place, &kind, entry.reference.as_str(), known));
        }
    }
    for (id, executable) in &value.executables {
        if executable.argv.is_empty() || executable.build.as_ref().is_some_and(Vec::is_empty) {
            let place = lines.place(&format!("/executables/{id}"));
            faults.push(Fault::new(place, format!("executable `{id}`: a command is a list of at least one word")));
        }
    }
}

/// Every implementation that benchmarks.yaml names.
fn listed(benchmarks: &Benchmarks) -> Vec<&str> {
    let files = benchmarks.tasks.values().flat_map(|entry| entry.implementations.iter());
    files.chain(benchmarks.executables.keys()).map(Id::as_str).collect()
}

fn check_frameworks(frameworks: &Located<Frameworks>, implementations: &[&str], faults: &mut Faults) {
    let Located { value, lines } = frameworks;
    if value.criteria.values().map(|criterion| criterion.weight).sum::<f64>() <= 0.0 {
        faults.push(Fault::new(lines.place("/criteria"), "`criteria`: the weights add up to nothing"));
    }
    let mut owners: BTreeMap<&Id, &Id> = BTreeMap::new();
    for (id, framework) in &value.frameworks {
        for (index, implementation) in framework.implementations.iter().enumerate() {
            let place = lines.place(&format!("/frameworks/{id}/implementations/{index}"));
            if !implementations.contains(&implementation.as_str()) {
                let known = implementations.iter().copied();
                faults.push(names::unknown(place, "implementation", implementation.as_str(), known));
            } else if let Some(owner) = owners.insert(implementation, id) {
                let what = format!("implementation `{implementation}` belongs to `{owner}` already");
                faults.push(Fault::new(place, what));
            }
        }
        check_scores(id, framework, value, lines, faults);
    }
}

fn check_scores(id: &Id, framework: &Framework, all: &Frameworks, lines: &Lines, faults: &mut Faults) {
    for (criterion, score) in &framework.scores {
        let pointer = format!("/frameworks/{id}/scores/{criterion}");
        if !all.criteria.contains_key(criterion) {
            let known = all.criteria.keys().map(Id::as_str);
            faults.push(names::unknown(lines.place(&pointer), "criterion", criterion.as_str(), known));
        }
        check_evidence(&pointer, score, lines, faults);
    }
}

/// A score without a reason that can be looked up is an opinion.
fn check_evidence(pointer: &str, score: &Score, lines: &Lines, faults: &mut Faults) {
    for (key, text) in [("because", &score.because), ("source", &score.source)] {
        if text.trim().is_empty() {
            let place = lines.place(&format!("{pointer}/{key}"));
            faults.push(Fault::new(place, format!("`{key}` is empty: a score says what it rests on")));
        }
    }
    if !is_date(&score.date) {
        let place = lines.place(&format!("{pointer}/date"));
        faults.push(Fault::new(place, format!("`date`: `{}` is no day; allowed: YYYY-MM-DD", score.date)));
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok())?
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

fn check_hardware(hardware: &Located<Hardware>, faults: &mut Faults) {
    let Located { value, lines } = hardware;
    check_target_cpu(lines.place("/target_cpu"), &value.target_cpu, faults);
    let load = value.gate.other_load_percent_max;
    if !(0.0..=100.0).contains(&load) {
        let place = lines.place("/gate/other_load_percent_max");
        faults.push(Fault::new(place, format!("`gate.other_load_percent_max`: {load} is not from 0 to 100")));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_day_has_year_month_and_day() {
        for good in ["2026-11-21", "2024-02-29"] {
            assert!(super::is_date(good), "{good}");
        }
        for bad in ["2026-11", "2026-13-01", "2026-1-1", "21.11.2026", "2026-11-21x", "+026-11-21", ""] {
            assert!(!super::is_date(bad), "{bad}");
        }
    }
}
