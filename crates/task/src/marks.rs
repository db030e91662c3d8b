//! Marks on the machine's monotonic clock, and the known slow-down.

use std::hint::{black_box, spin_loop};

use nix::time::{ClockId, clock_gettime};
use schema::mark::{Mark, MarkName};

/// `CLOCK_MONOTONIC` in ns: the clock that `measure` reads too.
pub(crate) fn now_ns() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has a monotonic clock");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

/// Runs `work` under a mark. The result is materialised before the mark ends; with
/// `slow_percent` the mark is held open for that share of its own time.
pub(crate) fn timed<T>(name: MarkName, iteration: u32, slow_percent: u8, work: impl FnOnce() -> T) -> (Mark, T) {
    let start_ns = now_ns();
    let result = black_box(work());
    if slow_percent > 0 {
        let done_ns = now_ns();
        let until_ns = done_ns + (done_ns - start_ns) * u64::from(slow_percent) / 100;
        while now_ns() < until_ns {
            spin_loop();
        }
    }
    let end_ns = now_ns();
    (Mark { name, iteration, start_ns, end_ns }, result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_slow_down_is_a_share_of_the_marks_own_time() {
        let sleep = || std::thread::sleep(Duration::from_millis(20));
        let (plain, ()) = timed(MarkName::Fit, 0, 0, sleep);
        let (slowed, ()) = timed(MarkName::Fit, 1, 99, sleep);
        assert!(plain.duration_ns() >= 20_000_000);
        assert!(slowed.duration_ns() >= 39_800_000, "{}", slowed.duration_ns());
    }
}
