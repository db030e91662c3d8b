//! Estimators, tests, intervals and verdicts.
//!
//! The unit is the run, never the iteration inside it: callers average inside a run first. Costs
//! (time, memory) are positive and compared by their logarithms, so that a comparison is a ratio.
//! What cannot be computed is an [`Absence`] with its reason, never a NaN and never a panic.

pub mod absence;
pub mod aggregate;
pub mod bootstrap;
pub mod change_points;
pub mod contingency;
pub mod cross_validation;
pub mod describe;
pub mod distribution;
pub mod effect;
pub mod factors;
pub mod many;
pub mod multiple;
pub mod order;
pub mod paired;
pub mod permutation;
pub mod pooled;
pub mod power;
pub mod proportion;
pub mod random;
pub mod rank;
pub mod rank_sum;
pub mod resolution;
pub mod selection;
pub mod series;
pub mod simulation;
pub mod spread;
pub mod student;
pub mod survival;
pub mod total;
pub mod verdict;
pub mod warm_up;
pub mod welch;

pub use absence::Absence;
pub use schema::analysis::Interval;

/// Runs a side below which nothing is claimed: with 5 pairs the smallest p of a rank test is 0.0625.
pub const RUNS_TO_CLAIM: usize = 6;
/// Level of the intervals that a difference is judged by.
pub const LEVEL: f64 = 0.95;
/// Level of the interval that equivalence is judged by: two one-sided tests at 5 %.
pub const LEVEL_EQUIVALENCE: f64 = 0.90;
/// Probability of a false difference that is accepted.
pub const ALPHA: f64 = 0.05;
/// Probability with which a difference is to be found where there is one.
pub const POWER: f64 = 0.80;
