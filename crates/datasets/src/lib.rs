//! The datasets: what they are, how they are made or read, the npy format, splits.
//!
//! Data are made once, here or by one Python export, and lie in a form that every language reads
//! without conversion: npy files and a manifest with each file's digest.

pub mod corpus;
pub mod external;
pub mod manifest;
pub mod npy;
pub mod random;
pub mod size;
pub mod split;
pub mod table;
pub mod tree;
