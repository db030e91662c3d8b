//! One comparison: two arms, one metric, paired by round. First a draft with everything that its own
//! block says, then, with what only the whole study says, the verdict.

use schema::analysis::{Comparison, Interval, Role, Verdict};
use schema::evaluation::ParityVerdict;
use schema::id::Id;
use stats::paired::LogRatios;
use stats::verdict::{Estimate, Evidence, Gate, Side, decide};
use stats::{Absence, LEVEL, LEVEL_EQUIVALENCE, describe, effect, power, rank};

use crate::beside;
use crate::finished::FinishedBlock;
use crate::input::Input;
use crate::metric::Metric;
use crate::pairs::{self, Pair};
use crate::parity;
use crate::runs::ArmRuns;
use crate::study;
use crate::warnings;

pub(crate) struct Draft<'a> {
    pub(crate) finished: &'a FinishedBlock,
    pub(crate) left: ArmRuns<'a>,
    pub(crate) right: ArmRuns<'a>,
    pub(crate) role: Role,
    pub(crate) metric: &'static Metric,
    pub(crate) margin: f64,
    pub(crate) measures: bool,
    pub(crate) parity: ParityVerdict,
    /// Rounds in which both arms have a value: the round, left, right.
    pub(crate) rounds: Vec<(u32, f64, f64)>,
    pub(crate) ratios: Result<LogRatios, Absence>,
    /// The study's, from which everything that is drawn at random follows.
    pub(crate) seed: u64,
    /// The smallest ratio that these rounds show with 80 % power, and the rounds that show the margin.
    detectable: Option<f64>,
    rounds_for_margin: Option<usize>,
}

/// A finished comparison, with its block.
pub(crate) struct Compared<'a> {
    pub(crate) finished: &'a FinishedBlock,
    pub(crate) comparison: Comparison,
}

/// All comparisons of a block, in the order of pairs and metrics.
pub(crate) fn drafts<'a>(input: &'a Input, finished: &'a FinishedBlock) -> Vec<Draft<'a>> {
    let mut drafts = Vec::new();
    for pair in pairs::of(finished) {
        drafts.extend(finished.metrics().filter_map(|metric| Draft::of(input, finished, &pair, metric)));
    }
    drafts
}

impl<'a> Draft<'a> {
    fn of(input: &'a Input, finished: &'a FinishedBlock, pair: &Pair<'a>, metric: &'static Metric) -> Option<Self> {
        let (left, right) = (ArmRuns::of(finished, &pair.left.arm)?, ArmRuns::of(finished, &pair.right.arm)?);
        let rounds: Vec<(u32, f64, f64)> = (0_u32..)
            .zip(left.values(metric).into_iter().zip(right.values(metric)))
            .filter_map(|(round, (left, right))| Some((round, left?, right?)))
            .collect();
        let pairs: Vec<(f64, f64)> = rounds.iter().map(|(_, left, right)| (*left, *right)).collect();
        let ratios = LogRatios::of(&pairs);
        let sd = sd_of(&ratios);
        let margin = (metric.margin)(&input.selection.study.margins);
        Some(Self {
            finished,
            left,
            right,
            role: pair.role,
            metric,
            margin,
            measures: study::measures(input),
            parity: parity::of_pair(finished, &input.smoke_parity, &pair.left.arm, &pair.right.arm),
            detectable: sd.and_then(|sd| power::detectable_ratio(rounds.len(), sd).ok()),
            rounds_for_margin: sd.and_then(|sd| power::rounds_for(margin, sd).ok()),
            ratios,
            rounds,
            seed: input.selection.study.seed,
        })
    }

    /// The raw p where this comparison could carry a claim, and so counts among the comparisons
    /// that are corrected for.
    pub(crate) fn p_to_correct(&self) -> Option<f64> {
        self.ratios.as_ref().ok().filter(|_| self.can_be_judged())?.p().ok()
    }

    /// Neither unequal work nor too few rounds stand in the way.
    pub(crate) fn can_be_judged(&self) -> bool {
        !matches!(self.verdict_alone(), Verdict::NotComparable | Verdict::DecidedByServer | Verdict::TooFewRuns)
    }

    pub(crate) fn is_comparable(&self) -> bool {
        self.verdict_alone() != Verdict::NotComparable
    }

    /// The verdict without what only the whole study says.
    fn verdict_alone(&self) -> Verdict {
        decide(&self.evidence(None, Gate::Itself)).verdict
    }

    /// `gate` is what the study's A/A blocks say, `p_adjusted` what all comparisons together leave.
    pub(crate) fn finish(
        mut self,
        p_adjusted: Option<f64>,
        gate: Gate,
        resolution_remark: Option<&str>,
        total_resampled: Option<Interval>,
    ) -> Option<Compared<'a>> {
        if let (Gate::Resolution(gate), Some(sd)) = (gate, self.sd()) {
            self.detectable = power::detectable_beyond(gate, self.rounds.len(), sd).ok();
            self.rounds_for_margin = power::rounds_to_claim(self.margin, sd, 1).ok();
        }
        let evidence = self.evidence(p_adjusted, gate);
        let decision = decide(&evidence);
        let sides = self.sides();
        // A study that measures nothing shows its ratios, and nothing that could be taken for a claim.
        let ratios = self.ratios.as_ref().ok().filter(|_| self.measures);
        let p = ratios.and_then(|ratios| ratios.p().ok());
        let p_companion = ratios.and_then(|ratios| rank::signed_rank_p(ratios.logs()).ok());
        let autocorrelation = ratios.and_then(|ratios| describe::autocorrelation(ratios.logs()).ok());
        let warnings = warnings::of(&self, p, p_companion, autocorrelation, resolution_remark);
        let comparison = Comparison {
            left: self.left.facts.arm.clone(),
            right: self.right.facts.arm.clone(),
            role: self.role,
            metric: Id::new(self.metric.id).ok()?,
            unit: self.metric.unit.to_owned(),
            n: self.rounds.len() as u32,
            left_value: describe::geometric_mean(&sides.0).ok(),
            right_value: describe::geometric_mean(&sides.1).ok(),
            ratio: self.ratios.as_ref().ok().and_then(|ratios| ratios.ratio().ok()),
            interval: ratios.and_then(|ratios| ratios.interval(LEVEL).ok()),
            interval_90: ratios.and_then(|ratios| ratios.interval(LEVEL_EQUIVALENCE).ok()),
            p,
            p_adjusted,
            p_companion,
            sd_log_ratio: ratios.and_then(|ratios| ratios.sd().ok()),
            hedges_g: ratios.and_then(|_| effect::hedges_g(&logs(&sides.0), &logs(&sides.1)).ok()),
            autocorrelation,
            detectable_ratio: self.detectable,
            rounds_for_margin: self.rounds_for_margin.and_then(|rounds| u32::try_from(rounds).ok()),
            margin: self.margin,
            parity: self.parity,
            verdict: decision.verdict,
            because: decision.because,
            warnings,
            beside: ratios.map(|ratios| beside::of(&self, ratios, total_resampled)),
        };
        Some(Compared { finished: self.finished, comparison })
    }

    fn sd(&self) -> Option<f64> {
        sd_of(&self.ratios)
    }

    fn evidence(&self, p_adjusted: Option<f64>, gate: Gate) -> Evidence {
        let side = |runs: &ArmRuns<'_>| {
            let (attempted, failed) = runs.attempted_and_failed();
            Side { name: runs.facts.arm.to_string(), attempted, failed }
        };
        Evidence {
            left: side(&self.left),
            right: side(&self.right),
            measures: self.measures,
            parity: self.parity,
            server_clock: self.metric.server_clock,
            n: self.rounds.len(),
            estimate: self.ratios.as_ref().map_err(|absence| *absence).and_then(|ratios| estimate(ratios, p_adjusted)),
            gate,
            margin: self.margin,
            detectable: self.detectable,
            rounds_for_margin: self.rounds_for_margin,
        }
    }

    fn sides(&self) -> (Vec<f64>, Vec<f64>) {
        self.rounds.iter().map(|(_, left, right)| (*left, *right)).unzip()
    }
}

fn sd_of(ratios: &Result<LogRatios, Absence>) -> Option<f64> {
    ratios.as_ref().ok()?.sd().ok()
}

fn estimate(ratios: &LogRatios, p_adjusted: Option<f64>) -> Result<Estimate, Absence> {
    Ok(Estimate {
        ratio: ratios.ratio()?,
        interval: ratios.interval(LEVEL)?,
        interval_90: ratios.interval(LEVEL_EQUIVALENCE)?,
        p_adjusted,
    })
}

fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}
