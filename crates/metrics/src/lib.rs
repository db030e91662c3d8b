//! Quality and parity, computed once, in Rust, for all languages: the closed tables of metrics and
//! parity rules, reading a run's outputs, and the verdict on a pair of arms.
//!
//! A metric is one function and one line in [`metric::METRICS`], a rule one file and one line in
//! [`rule::RULES`]; tests hold the tables to their promises.

pub mod metric;
pub mod output;
pub mod parity;
pub mod rule;
