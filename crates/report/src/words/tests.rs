use schema::analysis::{Analysis, Comparison, Role};

use super::*;
use crate::fixture;

fn headline(analysis: &Analysis) -> (&CellAnalysis, &Comparison) {
    let cell = &analysis.cells[0];
    (cell, orient::primary(cell, Role::Library).next().expect("a library comparison"))
}

fn said(analysis: &Analysis) -> String {
    let (cell, comparison) = headline(analysis);
    sentence(cell, comparison)
}

#[test]
fn a_faster_rust_is_said_with_values_interval_and_n() {
    assert_eq!(
        said(&fixture::rust_faster()),
        "regression_linfa (Rust) is 3.12× faster than regression_sklearn (Python) (95 % t interval 2.96–3.29, \
         n = 20 pairs; 12.3 ms against 38.4 ms, less is better). Material: the whole interval lies beyond the \
         margin of 1.05×."
    );
}

#[test]
fn a_faster_python_is_named_first() {
    let words = said(&fixture::python_faster());
    assert!(words.starts_with("regression_sklearn (Python) is 1.409× faster than regression_linfa (Rust)"), "{words}");
}

#[test]
fn no_difference_always_says_what_could_have_been_shown() {
    let mut analysis = fixture::no_difference();
    let words = said(&analysis);
    assert!(words.starts_with("No difference shown between"), "{words}");
    assert!(words.contains("could have shown a difference of 3.4 % (80 % power)"), "{words}");
    assert!(words.contains("takes 11 rounds"), "{words}");
    for comparison in &mut analysis.cells[0].comparisons {
        comparison.detectable_ratio = None;
        comparison.rounds_for_margin = None;
    }
    assert!(said(&analysis).contains("cannot be computed from 20 pairs"));
}

#[test]
fn too_few_runs_come_with_their_remedy() {
    let words = said(&fixture::too_few_runs());
    assert!(words.starts_with("Too few runs to compare"), "{words}");
    assert!(words.contains("n = 1 pair;") && words.contains("--repetitions 6"), "{words}");
    assert!(words.contains("claims nothing"), "{words}");
}

#[test]
fn not_comparable_names_the_broken_rule() {
    let words = said(&fixture::different());
    assert!(words.contains("output predictions, rule close (rtol 1e-6, atol 1e-9)"), "{words}");
    assert!(!words.contains("faster"), "no ratio of a pair that did different work: {words}");
}

#[test]
fn memory_is_not_called_fast() {
    let analysis = fixture::rust_faster();
    let cell = &analysis.cells[0];
    let memory = cell.comparisons.iter().find(|c| c.unit == "bytes").expect("a comparison of memory");
    assert_eq!(
        sentence(cell, memory).split(" (95").next(),
        Some("regression_sklearn (Python) uses 9.515× as much memory as regression_linfa (Rust)")
    );
}

#[test]
fn no_verdict_is_ever_worded_as_sameness() {
    for analysis in fixture::all() {
        for cell in &analysis.cells {
            for comparison in &cell.comparisons {
                let words = sentence(cell, comparison);
                assert!(!words.contains("similar") && !words.contains("almost"), "{words}");
                assert!(words.contains("n = ") || comparison.verdict == Verdict::NotComparable, "{words}");
            }
        }
    }
}
