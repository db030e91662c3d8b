//! The verdict of one comparison: exactly one, by STATS 2.7's precedence, with the rule that
//! decided and its numbers in words. The words are about the left arm.

use schema::analysis::{Interval, Verdict};
use schema::evaluation::ParityVerdict;

use crate::absence::Absence;
use crate::{ALPHA, RUNS_TO_CLAIM};

mod words;

/// Above this share of failed runs on one side, the runs that are left are no fair sample.
pub const FAILED_SHARE_MAX: f64 = 0.10;

/// What has to be known about one comparison to judge it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub left: Side,
    pub right: Side,
    /// False for a study that only shows that everything works: nothing is claimed.
    pub measures: bool,
    pub parity: ParityVerdict,
    /// The metric is the server's own clock, which no client's language sets.
    pub server_clock: bool,
    /// Rounds in which both sides have a value.
    pub n: usize,
    /// Absent where no comparison could be computed, with the reason.
    pub estimate: Result<Estimate, Absence>,
    pub gate: Gate,
    /// The practical margin, above 1.
    pub margin: f64,
    /// The smallest ratio that these rounds could have shown with 80 % power.
    pub detectable: Option<f64>,
    /// Rounds that would show the margin with 80 % power.
    pub rounds_for_margin: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub name: String,
    /// Planned runs of this arm that were attempted, and those that failed or were skipped.
    pub attempted: usize,
    pub failed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub ratio: f64,
    /// 95 %.
    pub interval: Interval,
    /// 90 %.
    pub interval_90: Interval,
    /// Absent where all rounds agree.
    pub p_adjusted: Option<f64>,
}

/// What a difference has to exceed besides chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gate {
    /// An implementation against itself: this comparison is what sets the resolution.
    Itself,
    /// No A/A block: what this machine can tell apart is not known, so nothing is claimed.
    Unknown,
    /// The A/A resolution as a ratio; doubled where the A/A blocks spoke against the machine.
    Resolution(f64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    pub because: String,
}

/// What stands between a difference and its claim, in the order in which it is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Obstacle {
    NoSpread,
    Chance,
    Correction { p: f64 },
    NoResolution,
    Resolution { gate: f64 },
}

/// Total: whatever the evidence, there is exactly one verdict.
pub fn decide(evidence: &Evidence) -> Decision {
    if let Some(because) = not_comparable(evidence) {
        return Decision { verdict: Verdict::NotComparable, because };
    }
    if evidence.server_clock {
        return Decision { verdict: Verdict::DecidedByServer, because: words::decided_by_server() };
    }
    let estimate = match &evidence.estimate {
        _ if !evidence.measures => return too_few(words::measures_nothing(evidence.n)),
        Err(absence) => return too_few(words::no_estimate(evidence, *absence)),
        Ok(_) if evidence.n < RUNS_TO_CLAIM => return too_few(words::too_few(evidence)),
        Ok(estimate) => estimate,
    };
    judge(evidence, estimate)
}

fn too_few(because: String) -> Decision {
    Decision { verdict: Verdict::TooFewRuns, because }
}

fn not_comparable(evidence: &Evidence) -> Option<String> {
    if !evidence.parity.comparable() {
        return Some(words::unequal_work(evidence.parity));
    }
    [&evidence.left, &evidence.right]
        .into_iter()
        .find(|side| side.failed as f64 > FAILED_SHARE_MAX * side.attempted as f64)
        .map(words::failures)
}

fn judge(evidence: &Evidence, estimate: &Estimate) -> Decision {
    let margin = evidence.margin;
    let inside = |interval: Interval| interval.low > 1.0 / margin && interval.high < margin;
    let obstacle = obstacle(evidence, estimate);
    let verdict = if obstacle.is_none() {
        let costs_less = estimate.ratio < 1.0;
        match () {
            () if estimate.interval.high < 1.0 / margin => Verdict::MateriallyFaster,
            () if estimate.interval.low > margin => Verdict::MateriallySlower,
            () if inside(estimate.interval) => Verdict::WithinMargin,
            () if costs_less => Verdict::Faster,
            () => Verdict::Slower,
        }
    } else if inside(estimate.interval_90) && obstacle != Some(Obstacle::NoResolution) {
        Verdict::Equivalent
    } else {
        Verdict::NoDifferenceShown
    };
    let because = match obstacle {
        None => words::difference(evidence, estimate, verdict),
        Some(_) if verdict == Verdict::Equivalent => words::equivalent(evidence, estimate),
        Some(obstacle) => words::not_shown(evidence, estimate, obstacle),
    };
    Decision { verdict, because }
}

fn obstacle(evidence: &Evidence, estimate: &Estimate) -> Option<Obstacle> {
    let excludes_1 = estimate.interval.low > 1.0 || estimate.interval.high < 1.0;
    if !excludes_1 {
        return Some(Obstacle::Chance);
    }
    let Some(p) = estimate.p_adjusted else { return Some(Obstacle::NoSpread) };
    // A p that is no number must not pass.
    if p >= ALPHA || p.is_nan() {
        return Some(Obstacle::Correction { p });
    }
    match evidence.gate {
        Gate::Itself => None,
        Gate::Unknown => Some(Obstacle::NoResolution),
        Gate::Resolution(gate) if estimate.ratio.ln().abs() > gate.ln().abs() => None,
        Gate::Resolution(gate) => Some(Obstacle::Resolution { gate }),
    }
}
