//! What stands beside a comparison: the same question by other assumptions. None of it decides.

use schema::detail::{Beside, Estimated, Spread};
use schema::{analysis::Interval, digest};
use stats::bootstrap::{self, RESAMPLES};
use stats::paired::LogRatios;
use stats::{LEVEL, rank, series, spread, total};

use crate::compare::Draft;

pub(crate) fn of(draft: &Draft<'_>, ratios: &LogRatios) -> Beside {
    let pairs: Vec<(f64, f64)> = draft.rounds.iter().map(|(_, left, right)| (*left, *right)).collect();
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
        total_resampled: is_headline(draft)
            .then(|| bootstrap::studentised_total(&pairs, LEVEL, (RESAMPLES, seed(draft))).ok())
            .flatten(),
        spread: spread::pitman_morgan(&logs, LEVEL).ok().map(|found| Spread {
            ratio: found.ratio,
            interval: found.interval,
            p: found.p,
        }),
        effective_n: series::effective_n(ratios.logs()).ok(),
    }
}

fn is_headline(draft: &Draft<'_>) -> bool {
    draft.metric.headline.contains(&draft.finished.block.cell.mode)
}

/// Its own for each comparison, so that none depends on which others there are.
fn seed(draft: &Draft<'_>) -> u64 {
    let sides = [&draft.left.facts.arm, &draft.right.facts.arm].map(ToString::to_string);
    of_words(draft.seed, &[draft.finished.block.block_id.as_str(), &sides[0], &sides[1], draft.metric.id])
}

/// The first eight bytes of the words' digest.
pub(crate) fn of_words(seed: u64, words: &[&str]) -> u64 {
    let sha256 = digest::of_bytes(format!("{seed} {}", words.join(" ")).as_bytes());
    u64::from_str_radix(&sha256[..16], 16).unwrap_or(seed)
}
