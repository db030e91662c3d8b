//! A simulated study, decided by the rules that decide real ones.

use schema::analysis::Verdict;
use schema::evaluation::ParityVerdict;

use super::{Machine, Noise};
use crate::absence::Absence;
use crate::paired::LogRatios;
use crate::resolution::{AaBlock, Measured};
use crate::verdict::{Estimate, Evidence, Gate, Side, decide};
use crate::{LEVEL, LEVEL_EQUIVALENCE, multiple};

/// What is asked of the made-up machine.
#[derive(Clone, Copy, Debug)]
pub struct Design {
    pub cells: usize,
    pub rounds: usize,
    /// Iterations inside a run, of which the mean counts.
    pub iterations: u32,
    /// What the left arm truly costs, the right one costing 1.
    pub ratio: f64,
    pub margin: f64,
}

/// Twelve claims of ten rounds, as the default study has them, and no true difference.
pub const NOTHING_TO_FIND: Design = Design { cells: 12, rounds: 10, iterations: 10, ratio: 1.0, margin: 1.05 };

/// Rounds of both arms, taking turns in a shuffled order.
pub fn rounds(machine: &mut Machine, design: &Design) -> Vec<(f64, f64)> {
    let mut order = [0, 1];
    (0..design.rounds)
        .map(|_| {
            machine.shuffle(&mut order);
            let mut costs = [0.0; 2];
            for arm in order {
                costs[arm] = machine.run(if arm == 0 { design.ratio } else { 1.0 }, design.iterations);
            }
            (costs[0], costs[1])
        })
        .collect()
}

/// One study: an A/A block, then its cells; Holm over the cells. Exactly one verdict a cell.
pub fn verdicts(noise: Noise, design: &Design, seed: u64, study: u64) -> Result<Vec<Verdict>, Absence> {
    let mut machine = Machine::new(noise, seed, study);
    let itself = LogRatios::of(&rounds(&mut machine, &Design { ratio: 1.0, ..*design }))?;
    let gate = Gate::Resolution(Measured::of(&[AaBlock::of(&itself)?])?.gate());
    let cells: Vec<LogRatios> =
        (0..design.cells).map(|_| LogRatios::of(&rounds(&mut machine, design))).collect::<Result<_, _>>()?;
    let p: Vec<f64> = cells.iter().map(LogRatios::p).collect::<Result<_, _>>()?;
    let adjusted = multiple::holm(&p)?;
    cells.iter().zip(adjusted).map(|(cell, p)| verdict(cell, p, gate, design.margin)).collect()
}

fn verdict(cell: &LogRatios, p_adjusted: f64, gate: Gate, margin: f64) -> Result<Verdict, Absence> {
    let side = || Side { name: String::new(), attempted: cell.n(), failed: 0 };
    let evidence = Evidence {
        left: side(),
        right: side(),
        measures: true,
        parity: ParityVerdict::Identical,
        server_clock: false,
        n: cell.n(),
        estimate: Ok(Estimate {
            ratio: cell.ratio()?,
            interval: cell.interval(LEVEL)?,
            interval_90: cell.interval(LEVEL_EQUIVALENCE)?,
            p_adjusted: Some(p_adjusted),
        }),
        gate,
        margin,
        detectable: None,
        rounds_for_margin: None,
    };
    Ok(decide(&evidence).verdict)
}

/// Whether a verdict says that the sides differ, by however little.
pub fn says_different(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::MateriallyFaster
            | Verdict::MateriallySlower
            | Verdict::Faster
            | Verdict::Slower
            | Verdict::WithinMargin
    )
}

/// Rounds at which runs are looked at again while the interval is still too wide.
const LOOKS: [usize; 6] = [10, 15, 20, 30, 45, 60];

/// The rounds that a study takes which stops as soon as the interval's half-width is `target`, never
/// by what it shows; 60 at most.
pub fn adaptive(noise: Noise, design: &Design, target: f64, seed: u64, study: u64) -> Result<LogRatios, Absence> {
    let mut machine = Machine::new(noise, seed, study);
    let all = rounds(&mut machine, &Design { rounds: LOOKS[LOOKS.len() - 1], ..*design });
    let mut taken = LogRatios::of(&all)?;
    for look in LOOKS {
        taken = LogRatios::of(&all[..look])?;
        let interval = taken.interval(LEVEL)?;
        if (interval.high / interval.low).sqrt() <= 1.0 + target {
            break;
        }
    }
    Ok(taken)
}

/// The standard deviation of the log ratios that a very long pilot of this noise finds.
pub fn pilot_sd(noise: Noise, iterations: u32, seed: u64) -> Result<f64, Absence> {
    let design = Design { rounds: 20_000, iterations, ..NOTHING_TO_FIND };
    LogRatios::of(&rounds(&mut Machine::new(noise, seed, u64::MAX), &design))?.sd()
}
