//! What stands beside a comparison: the same question by other assumptions. None of it decides.

use schema::detail::{Beside, Estimated, Spread};
use schema::{analysis::Interval, digest};
use stats::bootstrap::{self, RESAMPLES};
use stats::paired::LogRatios;
use stats::{LEVEL, rank, series, spread, total};

use crate::compare::Draft;

/// The resampled intervals of the ratios of total costs, for those drafts that a headline may rest on.
/// All of a study have their draws from its seed, so that none depends on which others there are.
pub(crate) fn totals_resampled(drafts: &[Draft<'_>]) -> Vec<Option<Interval>> {
    let wanted: Vec<usize> = (0..drafts.len()).filter(|place| is_headline(&drafts[*place])).collect();
    let cells: Vec<Vec<(f64, f64)>> = wanted.iter().map(|place| pairs(&drafts[*place])).collect();
    let mut found = vec![None; drafts.len()];
    let Some(seed) = drafts.first().map(|draft| of_words(draft.seed, &["totals"])) else { return found };
    for (place, interval) in wanted.into_iter().zip(bootstrap::studentised_totals(&cells, LEVEL, (RESAMPLES, seed))) {
        found[place] = interval.ok();
    }
    found
}

pub(crate) fn of(draft: &Draft<'_>, ratios: &LogRatios, total_resampled: Option<Interval>) -> Beside {
    let pairs = pairs(draft);
    let logs: Vec<(f64, f64)> = pairs.iter().map(|(left, right)| (left.ln(), right.ln())).collect();
    Beside {
        p_equivalence: ratios.p_equivalence(draft.margin).ok(),
        hodges_lehmann: rank::hodges_lehmann(ratios.logs(), LEVEL).ok().map(|found| Estimated {
            value: found.estimate.exp(),
            interval: Some(Interval { low: found.low.exp(), high: found.high.exp() }),
        }),
        total: total::total_ratio(&pairs, LEVEL)
            .ok()
            .map(|total| Estimated { value: total.ratio, interval: total.interval.ok() }),
        total_resampled,
        spread: spread::pitman_morgan(&logs, LEVEL).ok().map(|found| Spread {
            ratio: found.ratio,
            interval: found.interval,
            p: found.p,
        }),
        effective_n: series::effective_n(ratios.logs()).ok(),
    }
}

fn pairs(draft: &Draft<'_>) -> Vec<(f64, f64)> {
    draft.rounds.iter().map(|(_, left, right)| (*left, *right)).collect()
}

fn is_headline(draft: &Draft<'_>) -> bool {
    draft.metric.headline.contains(&draft.finished.block.cell.mode)
}

/// The first eight bytes of the words' digest.
pub(crate) fn of_words(seed: u64, words: &[&str]) -> u64 {
    let sha256 = digest::of_bytes(format!("{seed} {}", words.join(" ")).as_bytes());
    u64::from_str_radix(&sha256[..16], 16).unwrap_or(seed)
}
