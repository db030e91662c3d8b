//! `assessment.json`: the answer in sentences, the study's claims, and what could not be shown.

use std::collections::{BTreeMap, BTreeSet};

use schema::analysis::{Analysis, Answer, Assessment, CellAnalysis, Comparison, Pooled, Role, Verdict};
use schema::id::{ArmId, Id};
use schema::selection::Selection;

use crate::claims;
use crate::number::{self, count};
use crate::orient;
use crate::words;

pub fn assess(selection: &Selection, analysis: &Analysis) -> Assessment {
    Assessment {
        schema_version: schema::SCHEMA_VERSION.to_owned(),
        study: analysis.study.clone(),
        answers: answers(analysis),
        claims: claims::judge(analysis, &selection.study.claims),
        limits: limits(selection, analysis),
        warnings: warnings(analysis),
    }
}

type InCell<'a> = (&'a CellAnalysis, &'a Comparison);

/// Task by task: library against library first, tuned beside it.
fn answers(analysis: &Analysis) -> Vec<Answer> {
    let tasks: BTreeSet<(&Id, &Id)> = analysis.cells.iter().map(|cell| (&cell.domain, &cell.cell.task)).collect();
    let mut answers = Vec::new();
    for (domain, task) in tasks {
        let cells: Vec<&CellAnalysis> = analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
        let mut add = |sentence: String, of: &[InCell<'_>]| {
            let rests_on = of.iter().map(|(cell, comparison)| basis(cell, comparison)).collect();
            answers.push(Answer { domain: domain.clone(), task: task.clone(), sentence, rests_on });
        };
        if !analysis.measures {
            add(works(&cells), &[]);
            continue;
        }
        for role in [Role::Library, Role::Tuned] {
            let found: Vec<InCell<'_>> = cells
                .iter()
                .flat_map(|cell| orient::primary(cell, role).map(|comparison| (*cell, comparison)))
                .collect();
            match found.as_slice() {
                [] if role == Role::Library => add(no_pair(&cells), &[]),
                [] => {}
                [(cell, comparison)] => {
                    let sentence =
                        format!("{}, {}: {}", cell.cell.label, words::role(role), words::sentence(cell, comparison));
                    add(sentence, &found);
                }
                many => add(tally(analysis, domain, role, many), &found),
            }
        }
    }
    answers
}

fn basis(cell: &CellAnalysis, comparison: &Comparison) -> (Id, ArmId, ArmId, Id) {
    (cell.block_id.clone(), comparison.left.clone(), comparison.right.clone(), comparison.metric.clone())
}

fn works(cells: &[&CellAnalysis]) -> String {
    let attempted: u32 = cells.iter().flat_map(|cell| &cell.arms).map(|arm| arm.attempted).sum();
    let ok: u32 = cells.iter().flat_map(|cell| &cell.arms).map(|arm| arm.ok).sum();
    format!(
        "{ok} of {} ok on {}; this study shows that everything works and measures nothing.",
        count(attempted, "run", "runs"),
        count(cells.len() as u32, "cell", "cells")
    )
}

fn no_pair(cells: &[&CellAnalysis]) -> String {
    let ok: u32 = cells.iter().flat_map(|cell| &cell.arms).map(|arm| arm.ok).sum();
    let failed: u32 = cells.iter().flat_map(|cell| &cell.arms).map(|arm| arm.failed).sum();
    format!(
        "No library pair could be compared on {} ({} ok, {failed} failed).",
        count(cells.len() as u32, "cell", "cells"),
        count(ok, "run", "runs")
    )
}

/// Many comparisons in one sentence: how many went which way, how far, and what they pool to.
fn tally(analysis: &Analysis, domain: &Id, role: Role, found: &[InCell<'_>]) -> String {
    let mut better: BTreeMap<&'static str, Vec<&Comparison>> = BTreeMap::new();
    let mut rest: BTreeMap<Verdict, u32> = BTreeMap::new();
    let (open, sure): (Vec<&InCell<'_>>, Vec<_>) =
        found.iter().partition(|(_, comparison)| orient::depends_on_assumptions(comparison));
    for (cell, comparison) in sure {
        match orient::winner(comparison).and_then(|winner| orient::language(cell, winner)) {
            Some(language) => better.entry(orient::language_name(language)).or_default().push(comparison),
            None => *rest.entry(comparison.verdict).or_default() += 1,
        }
    }
    let mut parts: Vec<String> = better
        .iter()
        .map(|(language, comparisons)| {
            format!("{language} is faster in {} of {}{}", comparisons.len(), found.len(), range(comparisons))
        })
        .collect();
    parts.extend(rest.iter().map(|(verdict, number)| format!("{} in {number}", words::verdict(*verdict))));
    if !open.is_empty() {
        parts.push(format!("depends on assumptions in {}", open.len()));
    }
    let compared = count(found.len() as u32, "comparison", "comparisons");
    let mut sentence = format!("{}, {compared}: {}.", capital(words::role(role)), parts.join("; "));
    if rest.contains_key(&Verdict::NoDifferenceShown) {
        sentence.push_str(&smallest_detectable(found));
    }
    for pooled in analysis.pooled.iter().filter(|pooled| pooled.domain == *domain && pooled.role == role) {
        sentence.push_str(&pooled_words(pooled));
    }
    sentence
}

/// `: 3.12× (95 % t interval 2.96–3.29)`, or from the smallest to the largest.
fn range(comparisons: &[&Comparison]) -> String {
    let mut oriented: Vec<_> = comparisons.iter().filter_map(|comparison| orient::orient(comparison)).collect();
    oriented.sort_by(|a, b| a.factor.total_cmp(&b.factor));
    let show = |o: &orient::Oriented<'_>| {
        let interval = o.interval.map(|i| format!(" (95 % t interval {})", number::interval(i))).unwrap_or_default();
        format!("{}×{interval}", number::ratio(o.factor, o.interval))
    };
    match oriented.as_slice() {
        [] => String::new(),
        [one] => format!(", {}", show(one)),
        [first, .., last] => format!(", from {} to {}", show(first), show(last)),
    }
}

fn smallest_detectable(found: &[InCell<'_>]) -> String {
    let worst = found
        .iter()
        .filter(|(_, comparison)| comparison.verdict == Verdict::NoDifferenceShown)
        .filter_map(|(_, comparison)| comparison.detectable_ratio)
        .fold(None, |worst: Option<f64>, ratio| Some(worst.map_or(ratio, |worst| worst.max(ratio))));
    match worst {
        Some(ratio) => format!(
            " Where no difference is shown, a ratio of {} or more could have been shown (80 % power).",
            number::significant(ratio, 3)
        ),
        None => " Where no difference is shown, what could have been shown cannot be computed.".to_owned(),
    }
}

/// Geometric mean and total together, with the cells that stayed out.
pub fn pooled_words(pooled: &Pooled) -> String {
    let names = |ids: &[Id]| ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
    let Some(ratio) = pooled.geometric_mean_ratio else { return String::new() };
    let interval = pooled.interval.map(|i| format!(", 95 % interval {}", number::interval(i))).unwrap_or_default();
    let total = pooled
        .total_ratio
        .map(|total| format!("; ratio of the total {}", number::significant(total, 3)))
        .unwrap_or_default();
    format!(
        " Over {}: {} of {} over {} is {} as geometric mean{interval}{total}; {} not comparable and left out; below 1 the first costs less.",
        count(pooled.cells, "cell", "cells"),
        orient::metric_name(&pooled.metric),
        names(&pooled.left),
        names(&pooled.right),
        number::ratio(ratio, pooled.interval),
        count(pooled.cells_not_comparable, "cell", "cells")
    )
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// What this machine and this study could not have shown.
fn limits(selection: &Selection, analysis: &Analysis) -> Vec<String> {
    let mut limits = Vec::new();
    if !analysis.measures {
        limits.push(
            "A smoke study: it shows that everything works and measures nothing. No figure here supports a claim."
                .to_owned(),
        );
    }
    if !analysis.measured_build {
        limits.push(format!(
            "Not a measured build: the programs were built with profile `{}`, which is for tests. Measure with `--build_profile release`.",
            analysis.build_profile
        ));
    }
    if (analysis.cells.len() as u32) < analysis.cells_planned {
        limits.push(partial_words(analysis));
    }
    if analysis.measures {
        limits.extend(resolution_limits(analysis));
    }
    limits.push("One machine: the ratios are about this processor, this memory and these versions.".to_owned());
    limits.extend(selection.findings.iter().map(|finding| format!("{}.", capital(finding))));
    limits
}

pub fn partial_words(analysis: &Analysis) -> String {
    format!(
        "Partial: {} of {} are analysed so far.",
        analysis.cells.len(),
        count(analysis.cells_planned, "planned cell", "planned cells")
    )
}

fn resolution_limits(analysis: &Analysis) -> Vec<String> {
    let domains: BTreeSet<&Id> = analysis.cells.iter().map(|cell| &cell.domain).collect();
    let mut limits = Vec::new();
    for resolution in &analysis.resolution {
        if let Some(ratio) = resolution.ratio {
            limits.push(format!(
                "{}, {}: nothing below a ratio of {} is claimed (the largest difference inside the interval of {}).",
                resolution.domain,
                orient::metric_name(&resolution.metric),
                number::significant(ratio, 4),
                count(resolution.aa_blocks, "A/A block", "A/A blocks")
            ));
        }
    }
    for domain in domains {
        if !analysis.resolution.iter().any(|resolution| resolution.domain == *domain && resolution.ratio.is_some()) {
            limits.push(format!("{domain}: no A/A block was measured, so the smallest difference that this machine can show is not known."));
        }
    }
    limits
}

fn warnings(analysis: &Analysis) -> Vec<String> {
    let mut warnings = Vec::new();
    let runs = &analysis.runs;
    if runs.failed > 0 {
        warnings.push(format!(
            "{} of {} failed ({} not announced by any task).",
            runs.failed,
            count(runs.attempted, "run", "runs"),
            runs.unexpected
        ));
    }
    if runs.disturbed > 0 {
        warnings.push(format!(
            "{} of {} marked as disturbed; they are kept.",
            runs.disturbed,
            count(runs.attempted, "run is", "runs are")
        ));
    }
    if analysis.cells.is_empty() {
        warnings.push("No cell was analysed: there is nothing to compare.".to_owned());
    }
    for cell in &analysis.cells {
        warnings.extend(cell_warnings(cell));
    }
    warnings
}

/// A warning that several comparisons of a cell share is about the cell and is said once.
fn cell_warnings(cell: &CellAnalysis) -> Vec<String> {
    let mut texts: Vec<(String, Vec<&Comparison>)> = Vec::new();
    for comparison in &cell.comparisons {
        let doubtful = orient::depends_on_assumptions(comparison).then(|| {
            "depends on assumptions (the primary test and its companion disagree), so it is no headline".to_owned()
        });
        for text in doubtful.into_iter().chain(comparison.warnings.iter().cloned()) {
            match texts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, about)) => about.push(comparison),
                None => texts.push((text, vec![comparison])),
            }
        }
    }
    let label = &cell.cell.label;
    texts
        .into_iter()
        .map(|(text, about)| match about.as_slice() {
            [one] => {
                let metric = orient::metric_name(&one.metric);
                format!("{label}, {} against {}, {metric}: {text}", one.left, one.right)
            }
            many => format!("{label}, {} comparisons: {text}", many.len()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn assessed(analysis: &Analysis) -> Assessment {
        assess(&fixture::selection(analysis), analysis)
    }

    #[test]
    fn library_comes_first_and_a_lost_cell_is_told() {
        let assessment = assessed(&fixture::python_faster());
        assert_eq!(assessment.answers.len(), 2);
        let first = &assessment.answers[0];
        assert!(first.sentence.starts_with("Library against library, 2 comparisons:"), "{}", first.sentence);
        assert!(
            first.sentence.contains("Python is faster in 1 of 2, 1.409× (95 % t interval 1.352–1.468)"),
            "{}",
            first.sentence
        );
        assert!(first.sentence.contains("Rust is faster in 1 of 2"), "{}", first.sentence);
        assert_eq!(first.rests_on.len(), 2);
        assert!(assessment.answers[1].sentence.starts_with("Tuned against tuned"));
    }

    #[test]
    fn a_result_that_depends_on_assumptions_is_no_headline() {
        let mut analysis = fixture::rust_faster();
        for cell in &mut analysis.cells {
            cell.comparisons[0].p_companion = Some(0.2);
        }
        let assessment = assessed(&analysis);
        let first = &assessment.answers[0].sentence;
        assert!(first.contains("depends on assumptions in 2") && !first.contains("faster"), "{first}");
        assert!(assessment.warnings.iter().any(|warning| warning.contains("so it is no headline")));
    }

    #[test]
    fn one_comparison_is_told_whole() {
        let answer = &assessed(&fixture::partial()).answers[0];
        assert!(answer.sentence.contains("regression_linfa (Rust) is 3.12× faster"), "{}", answer.sentence);
        assert!(answer.sentence.contains("12.3 ms against 38.4 ms"), "{}", answer.sentence);
    }

    #[test]
    fn a_smoke_study_answers_nothing_but_that_it_works() {
        let assessment = assessed(&fixture::smoke());
        assert_eq!(assessment.answers.len(), 1);
        assert!(assessment.answers[0].sentence.contains("measures nothing"));
        assert!(assessment.limits.iter().any(|limit| limit.contains("Not a measured build")));
    }

    #[test]
    fn no_difference_in_a_tally_says_what_could_have_been_shown() {
        let answer = &assessed(&fixture::no_difference()).answers[0];
        assert!(answer.sentence.contains("no difference shown in 1"), "{}", answer.sentence);
        assert!(answer.sentence.contains("a ratio of 1.03 or more could have been shown"), "{}", answer.sentence);
    }

    #[test]
    fn every_kind_of_study_is_assessed() {
        for analysis in fixture::all() {
            let assessment = assessed(&analysis);
            assert_eq!(assessment.answers.is_empty(), analysis.cells.is_empty());
            assert!(!assessment.limits.is_empty());
        }
        assert!(assessed(&fixture::partial()).limits.iter().any(|limit| limit.contains("Partial: 1 of 41")));
        assert!(assessed(&fixture::all_failed()).answers[0].sentence.contains("No library pair could be compared"));
        assert!(assessed(&fixture::nothing_measured()).warnings.iter().any(|warning| warning.contains("No cell")));
    }
}
