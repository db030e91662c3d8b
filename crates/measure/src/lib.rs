//! Watching a run from outside: time, memory, CPU, conditions, the block store, the host-wide lock.

pub mod capture;
pub mod clock;
pub mod conditions;
pub mod control_group;
pub mod cpus;
pub mod disk;
pub mod energy;
pub mod fingerprint;
pub mod gate;
pub mod gpu;
pub mod interrupt;
pub mod judge;
pub mod kernel;
pub mod launch;
pub mod launcher;
pub mod lock;
pub mod marks;
pub mod memory_events;
pub mod processes;
pub mod pseudo_files;
pub mod sampler;
pub mod sensors;
pub mod services;
pub mod store;
pub mod tree;
pub mod watch;
