//! The clocks. `CLOCK_MONOTONIC` is the machine's, so times of different processes compare.

use std::time::{SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};

pub fn monotonic_ns() -> u64 {
    read(ClockId::CLOCK_MONOTONIC)
}

/// How far `CLOCK_BOOTTIME`, which counts while the machine sleeps, is ahead of `CLOCK_MONOTONIC`.
pub fn slept_ns() -> u64 {
    let monotonic = monotonic_ns();
    read(ClockId::CLOCK_BOOTTIME).saturating_sub(monotonic)
}

/// CPU time of this process, all threads.
pub fn own_cpu_ns() -> u64 {
    read(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// For people only: no duration is computed from it.
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

fn read(clock: ClockId) -> u64 {
    clock_gettime(clock).map_or(0, |time| time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
}
