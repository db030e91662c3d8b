//! The datasets: what they are, how they are made or read, the npy format, splits.

pub mod npy;
