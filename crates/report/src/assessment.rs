//! `assessment.json`: the answer in sentences, the study's claims, and what could not be shown.

use std::collections::BTreeSet;

use schema::analysis::{Analysis, Answer, Assessment, CellAnalysis, Comparison, Role};
use schema::id::{ArmId, Id};
use schema::selection::Selection;

use crate::claims;
use crate::number::count;
use crate::orient;
use crate::reasons;
use crate::tally::{self, InCell};
use crate::words;

pub fn assess(selection: &Selection, analysis: &Analysis) -> Assessment {
    Assessment {
        schema_version: schema::SCHEMA_VERSION.to_owned(),
        study: analysis.study.clone(),
        answers: answers(analysis),
        claims: claims::judge(analysis, &selection.study.claims),
        limits: limits(selection, analysis),
        warnings: warnings(analysis),
        decisions: Vec::new(),
        break_even: Vec::new(),
    }
}

/// Task by task: library against library first, tuned beside it.
fn answers(analysis: &Analysis) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (domain, task) in tasks(analysis) {
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
            let found = compared(&cells, role);
            match found.as_slice() {
                [] if role == Role::Library => add(no_pair(&cells), &[]),
                [] => {}
                [(cell, comparison)] => {
                    let kind = capital(words::role(role));
                    add(format!("{kind}, {}: {}", cell.cell.label, words::sentence(cell, comparison)), &found);
                }
                many => add(format!("{}. {}", capital(words::role(role)), sentences(many)), &found),
            }
        }
    }
    answers
}

/// Every task that was measured, with its domain.
pub fn tasks(analysis: &Analysis) -> BTreeSet<(&Id, &Id)> {
    analysis.cells.iter().map(|cell| (&cell.domain, &cell.cell.task)).collect()
}

/// The comparisons of one role on what each cell is about.
pub fn compared<'a>(cells: &[&'a CellAnalysis], role: Role) -> Vec<InCell<'a>> {
    let of_cell = |cell: &&'a CellAnalysis| {
        let cell = *cell;
        orient::primary(cell, role).map(move |comparison| (cell, comparison))
    };
    cells.iter().flat_map(of_cell).collect()
}

pub fn sentences(found: &[InCell<'_>]) -> String {
    tally::by_mode(found).iter().map(tally::Tally::sentence).collect::<Vec<_>>().join(" ")
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

pub(crate) fn capital(text: &str) -> String {
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
        limits.push(reasons::resolution(analysis));
        limits.extend(domains_without_aa(analysis));
        limits.extend(analysis.power_analysis.iter().cloned());
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

fn domains_without_aa(analysis: &Analysis) -> impl Iterator<Item = String> {
    let known = |domain: &Id| analysis.resolution.iter().any(|of| of.domain == *domain && of.ratio.is_some());
    let domains: BTreeSet<&Id> =
        analysis.cells.iter().map(|cell| &cell.domain).filter(|domain| !known(domain)).collect();
    domains.into_iter().map(|domain| {
        format!(
            "{domain}: no A/A block was measured, so the smallest difference that this machine can show is not known."
        )
    })
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
        assert!(
            first
                .sentence
                .starts_with("Library against library. The work in a warm process, 1 cell: Python is faster in 1 of 1"),
            "{}",
            first.sentence
        );
        assert!(first.sentence.contains("The whole process, 1 cell: Rust is faster in 1 of 1"), "{}", first.sentence);
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
        assert!(first.contains("depends on assumptions in 1") && !first.contains("faster"), "{first}");
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
