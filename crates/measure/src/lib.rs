//! Watching a run from outside: time, memory, CPU, conditions, the block store, the host-wide lock.

pub mod fingerprint;
pub mod pseudo_files;
