//! `CLOCK_MONOTONIC` in ns: the clock of the marks, of `measure` and of the server's own timestamps.

use nix::time::{ClockId, clock_gettime};

pub fn now_ns() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has a monotonic clock");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}
