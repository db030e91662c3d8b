//! What one implementation costs in B over what it cost in A, on one machine: unpaired, by Welch's t on
//! the logarithms, judged by the rules that judge every other comparison.

use schema::analysis::{Analysis, ArmAnalysis, CellAnalysis};
use schema::evaluation::ParityVerdict;
use schema::id::{Id, Variant};
use schema::params::Mode;
use stats::verdict::{Decision, Estimate, Evidence, Gate, Side, decide};
use stats::welch::{Welch, welch};
use stats::{Absence, LEVEL, LEVEL_EQUIVALENCE, multiple, power};

/// Results that agree to this share are taken for those of the same work.
const SAME_QUALITY: f64 = 1e-3;

pub(crate) struct Found {
    pub(crate) changes: Vec<Change>,
    /// What A has and B has not, a line each.
    pub(crate) missing: Vec<String>,
}

pub(crate) struct Change {
    pub(crate) cell: String,
    pub(crate) arm: String,
    pub(crate) metric: String,
    pub(crate) versions: Option<String>,
    pub(crate) decision: Decision,
}

/// Every plain arm of A on the metrics of its cell's mode. Holm over all of them.
pub(crate) fn of(older: &Analysis, newer: &Analysis, margin: Option<f64>) -> Found {
    let mut drafts = Vec::new();
    let mut missing = Vec::new();
    for cell in &older.cells {
        let Some(now) = newer.cells.iter().find(|now| now.cell.cell_id == cell.cell.cell_id) else {
            missing.push(format!("not in B: {}", cell.cell.label));
            continue;
        };
        for arm in cell.arms.iter().filter(|arm| arm.facts.arm.variant == Variant::Plain && arm.ok > 0) {
            match now.arms.iter().find(|now| now.facts.arm == arm.facts.arm && now.ok > 0) {
                Some(arm_now) => drafts.extend(Draft::of(older, newer, (cell, arm), (now, arm_now), margin)),
                None => missing.push(format!("no run of {} ended well in B: {}", arm.facts.arm, cell.cell.label)),
            }
        }
    }
    let p: Vec<f64> = drafts.iter().filter_map(Draft::p).collect();
    let mut adjusted = multiple::holm(&p).unwrap_or_default().into_iter();
    let changes = drafts.into_iter().map(|draft| {
        let p_adjusted = draft.p().and_then(|_| adjusted.next());
        draft.change(p_adjusted)
    });
    Found { changes: changes.collect(), missing }
}

struct Draft<'a> {
    cell: &'a CellAnalysis,
    older: &'a ArmAnalysis,
    newer: &'a ArmAnalysis,
    metric: Id,
    margin: f64,
    gate: Gate,
    found: Result<(Welch, Welch), Absence>,
    /// Runs of A and of B.
    runs: (usize, usize),
    /// Standard deviation of the logarithms of the side that varies more.
    sd: Option<f64>,
}

impl<'a> Draft<'a> {
    fn of(
        older: &Analysis,
        newer: &Analysis,
        (cell, arm): (&'a CellAnalysis, &'a ArmAnalysis),
        (_, arm_now): (&CellAnalysis, &'a ArmAnalysis),
        margin: Option<f64>,
    ) -> Vec<Self> {
        let of_mode = match cell.cell.mode {
            Mode::Warm => "work_ns",
            Mode::Cold => "wall_ns",
        };
        let metrics = [of_mode, "rss_peak_bytes"].into_iter().filter_map(|metric| Id::new(metric).ok());
        metrics
            .filter_map(|metric| {
                let (before, now) = (values(arm, &metric)?, values(arm_now, &metric)?);
                let found =
                    welch(&now, &before, LEVEL).and_then(|wide| Ok((wide, welch(&now, &before, LEVEL_EQUIVALENCE)?)));
                let declared = cell.comparisons.iter().find(|comparison| comparison.metric == metric);
                Some(Self {
                    cell,
                    older: arm,
                    newer: arm_now,
                    margin: margin.or(declared.map(|comparison| comparison.margin)).unwrap_or(1.05),
                    gate: gate(older, newer, &cell.domain, &metric),
                    found,
                    runs: (before.len(), now.len()),
                    sd: stats::describe::cv(&before).ok().zip(stats::describe::cv(&now).ok()).map(|(a, b)| a.max(b)),
                    metric,
                })
            })
            .collect()
    }

    fn p(&self) -> Option<f64> {
        self.found.as_ref().ok().map(|(wide, _)| wide.p)
    }

    fn change(self, p_adjusted: Option<f64>) -> Change {
        let side = |arm: &ArmAnalysis, letter| Side {
            name: format!("{letter}'s"),
            attempted: arm.attempted as usize,
            failed: (arm.failed + arm.skipped) as usize,
        };
        let n = self.runs.0.min(self.runs.1);
        let detectable = self.sd.and_then(|sd| power::detectable_unpaired(n, sd).ok());
        let evidence = Evidence {
            left: side(self.newer, 'B'),
            right: side(self.older, 'A'),
            measures: true,
            parity: parity(self.older, self.newer),
            server_clock: false,
            n,
            estimate: self.found.map(|(wide, narrow)| Estimate {
                ratio: wide.ratio,
                interval: wide.interval,
                interval_90: narrow.interval,
                p_adjusted,
            }),
            gate: self.gate,
            margin: self.margin,
            detectable,
            rounds_for_margin: self.sd.and_then(|sd| power::runs_for(self.margin, sd).ok()),
        };
        let (before, now) = (&self.older.facts.framework_version, &self.newer.facts.framework_version);
        let framework = &self.newer.facts.framework;
        Change {
            cell: self.cell.cell.label.clone(),
            arm: self.newer.facts.arm.to_string(),
            metric: self.metric.to_string(),
            versions: (before != now).then(|| format!("{framework} {before} in A, {now} in B")),
            decision: decide(&evidence),
        }
    }
}

pub(super) fn values(arm: &ArmAnalysis, metric: &Id) -> Option<Vec<f64>> {
    let values: Vec<f64> = arm.metrics.get(metric)?.values.iter().copied().flatten().collect();
    (!values.is_empty()).then_some(values)
}

/// The coarser of what the two could tell apart.
fn gate(older: &Analysis, newer: &Analysis, domain: &Id, metric: &Id) -> Gate {
    let of = |analysis: &Analysis| {
        let mut all = analysis.resolution.iter();
        all.find(|one| one.domain == *domain && one.metric == *metric)?.ratio
    };
    match (of(older), of(newer)) {
        (Some(one), Some(other)) => Gate::Resolution(one.max(other)),
        _ => Gate::Unknown,
    }
}

/// Whether both did the same work, as far as their published quality says.
fn parity(older: &ArmAnalysis, newer: &ArmAnalysis) -> ParityVerdict {
    let mut checked = false;
    for (id, before) in &older.quality {
        let Some((before, now)) = before.value.zip(newer.quality.get(id).and_then(|now| now.value)) else { continue };
        checked = true;
        if (before - now).abs() > SAME_QUALITY * before.abs().max(now.abs()) {
            return ParityVerdict::Different;
        }
    }
    if checked { ParityVerdict::SameQuality } else { ParityVerdict::Unchecked }
}
