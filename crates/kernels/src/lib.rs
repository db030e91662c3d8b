//! Tuned numeric kernels, documented so that others can depend on them. Each is tested against an
//! independent reference.
//!
//! Matrices come as row-major slices, as an npy file holds them. Threads are those of one global
//! pool ([`threads::use_at_most`]), and each function says how many it may use.

mod ahead;
pub mod boosting;
mod centred;
pub mod cluster;
mod definite;
mod design;
pub mod elastic_net;
pub mod forest;
pub mod least_squares;
mod moments;
pub mod neighbors;
mod orthogonal;
pub mod pca;
mod random;
pub mod ridge;
mod shares;
pub mod svm;
pub mod threads;

pub use design::{Design, LinearModel, Unsolvable};
