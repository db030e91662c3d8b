//! Many comparisons in a few words: how many went which way, and how far. Warm and cold cells ask
//! different questions and are never counted together.

use std::collections::BTreeMap;

use schema::analysis::{CellAnalysis, Comparison, Verdict};
use schema::implementation::Language;
use schema::params::Mode;

use crate::number::{self, count};
use crate::orient;
use crate::words;

pub type InCell<'a> = (&'a CellAnalysis, &'a Comparison);

/// What came out of one mode's comparisons.
pub struct Tally<'a> {
    pub mode: Mode,
    pub compared: usize,
    /// The comparisons that each language wins, the more frequent winner first.
    pub better: Vec<(Language, Vec<&'a Comparison>)>,
    pub rest: BTreeMap<Verdict, Vec<&'a Comparison>>,
    /// The primary test and its companion disagree: nobody wins these.
    pub open: usize,
}

/// Warm first: the work itself, then the whole process.
pub fn by_mode<'a>(found: &[InCell<'a>]) -> Vec<Tally<'a>> {
    [Mode::Warm, Mode::Cold]
        .into_iter()
        .map(|mode| of(mode, found.iter().copied().filter(|(cell, _)| cell.cell.mode == mode)))
        .filter(|tally| tally.compared > 0)
        .collect()
}

fn of<'a>(mode: Mode, found: impl Iterator<Item = InCell<'a>>) -> Tally<'a> {
    let mut tally = Tally { mode, compared: 0, better: Vec::new(), rest: BTreeMap::new(), open: 0 };
    let mut better: BTreeMap<Language, Vec<&'a Comparison>> = BTreeMap::new();
    for (cell, comparison) in found {
        tally.compared += 1;
        let winner = orient::winner(comparison).and_then(|winner| orient::language(cell, winner));
        match winner {
            _ if orient::depends_on_assumptions(comparison) => tally.open += 1,
            Some(language) => better.entry(language).or_default().push(comparison),
            None => tally.rest.entry(comparison.verdict).or_default().push(comparison),
        }
    }
    tally.better = better.into_iter().collect();
    tally.better.sort_by_key(|(_, won)| std::cmp::Reverse(won.len()));
    tally
}

impl Tally<'_> {
    /// `Rust faster in 3 of 5, Python in 1`, or what else came out most often.
    pub fn short(&self) -> String {
        let of = |number: usize| format!("{number} of {}", self.compared);
        match self.better.as_slice() {
            [] => match self.rest.iter().max_by_key(|(_, found)| found.len()) {
                Some((verdict, found)) => format!("{} in {}", words::verdict(*verdict), of(found.len())),
                None => format!("depends on assumptions in {}", of(self.open)),
            },
            [(first, won), others @ ..] => {
                let mut text = format!("{} faster in {}", orient::language_name(*first), of(won.len()));
                for (language, won) in others {
                    text = format!("{text}, {} in {}", orient::language_name(*language), won.len());
                }
                text
            }
        }
    }

    /// The same with how far, each ratio with its interval and n.
    pub fn sentence(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (language, won) in &self.better {
            let language = orient::language_name(*language);
            parts.push(format!("{language} is faster in {} of {}{}", won.len(), self.compared, range(won)));
        }
        parts.extend(self.rest.iter().map(|(verdict, found)| rest(*verdict, found)));
        if self.open > 0 {
            parts.push(format!("depends on assumptions in {}", self.open));
        }
        let what = match self.mode {
            Mode::Warm => "The work in a warm process",
            Mode::Cold => "The whole process",
        };
        format!("{what}, {}: {}.", count(self.compared as u32, "cell", "cells"), parts.join("; "))
    }
}

const KIND: &str = "95 % t interval ";

/// `: 3.12× (95 % t interval 2.96–3.29, n = 20 pairs)`, or from the smallest to the largest.
fn range(comparisons: &[&Comparison]) -> String {
    let mut found: Vec<_> =
        comparisons.iter().filter_map(|comparison| Some((orient::orient(comparison)?, comparison.n))).collect();
    found.sort_by(|(a, _), (b, _)| a.factor.total_cmp(&b.factor));
    let show = |(oriented, n): &(orient::Oriented<'_>, u32), kind: &str| {
        let interval = oriented.interval.map_or("no interval".to_owned(), |i| format!("{kind}{}", number::interval(i)));
        format!("{}× ({interval}, n = {n})", number::ratio(oriented.factor, oriented.interval))
    };
    match found.as_slice() {
        [] => String::new(),
        [one] => format!(", {}", show(one, KIND)),
        [first, .., last] => format!(", {} to {}", show(first, KIND), show(last, "")),
    }
}

fn rest(verdict: Verdict, found: &[&Comparison]) -> String {
    let words = format!("{} in {}", words::verdict(verdict), found.len());
    match verdict {
        // Never without what could have been shown (rule 5 of the reporting rules).
        Verdict::NoDifferenceShown => match found.iter().filter_map(|c| c.detectable_ratio).max_by(f64::total_cmp) {
            Some(ratio) => {
                format!(
                    "{words} (a ratio of {} or more could have been shown, 80 % power)",
                    number::significant(ratio, 3)
                )
            }
            None => format!("{words} (what could have been shown cannot be computed)"),
        },
        Verdict::TooFewRuns => {
            let n = found.iter().map(|comparison| comparison.n).min().unwrap_or_default();
            format!("{words} (n = {n}; a verdict takes {} pairs or more)", words::PAIRS_MIN)
        }
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use schema::analysis::{Analysis, Role};

    use super::*;
    use crate::fixture;

    fn tallies(analysis: &Analysis) -> Vec<(String, String)> {
        let found: Vec<InCell<'_>> = analysis
            .cells
            .iter()
            .flat_map(|cell| orient::primary(cell, Role::Library).map(move |comparison| (cell, comparison)))
            .collect();
        by_mode(&found).iter().map(|tally| (tally.short(), tally.sentence())).collect()
    }

    #[test]
    fn warm_and_cold_are_told_apart_and_a_lost_cell_is_told() {
        let told = tallies(&fixture::python_faster());
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].0, "Python faster in 1 of 1");
        assert_eq!(
            told[0].1,
            "The work in a warm process, 1 cell: Python is faster in 1 of 1, 1.409× (95 % t interval 1.352–1.468, n = 20)."
        );
        assert!(told[1].1.starts_with("The whole process, 1 cell: Rust is faster in 1 of 1"), "{}", told[1].1);
    }

    #[test]
    fn no_difference_says_what_could_have_been_shown_and_too_few_what_it_takes() {
        let told = tallies(&fixture::no_difference());
        assert_eq!(told[0].0, "no difference shown in 1 of 1");
        assert!(told[0].1.contains("a ratio of 1.03 or more could have been shown"), "{}", told[0].1);
        assert!(told[1].1.contains("equivalent in 1"), "{}", told[1].1);
        let told = tallies(&fixture::too_few_runs());
        assert!(told[0].1.contains("too few runs in 1 (n = 1; a verdict takes 6 pairs or more)"), "{}", told[0].1);
    }

    #[test]
    fn a_result_that_depends_on_assumptions_is_nobodys() {
        let mut analysis = fixture::rust_faster();
        for cell in &mut analysis.cells {
            cell.comparisons[0].p_companion = Some(0.2);
        }
        let told = tallies(&analysis);
        assert_eq!(told[0].0, "depends on assumptions in 1 of 1");
        assert!(!told[0].1.contains("faster"), "{}", told[0].1);
    }

    #[test]
    fn too_few_runs_are_no_disagreement() {
        let mut analysis = fixture::too_few_runs();
        for cell in &mut analysis.cells {
            (cell.comparisons[0].p, cell.comparisons[0].p_companion) = (Some(0.01), Some(0.0625));
        }
        assert!(tallies(&analysis)[0].1.contains("too few runs in 1"));
    }
}
