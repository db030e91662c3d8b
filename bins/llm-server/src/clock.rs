//! The three clocks: one for durations across programs, one for deadlines, one for people.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};
use schema::instant;

/// Nanoseconds on `CLOCK_MONOTONIC`: comparable with a client's own readings on the same machine.
pub(crate) fn monotonic_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |time| Duration::from(time).as_nanos() as u64)
}

/// Waits until `deadline`. The last `spin` of it is waited in turns with the other streams, awake:
/// the runtime's timer alone is as coarse as a millisecond.
pub(crate) async fn wait_until(deadline: Instant, spin: Duration) {
    if let Some(early) = deadline.checked_sub(spin)
        && early > Instant::now()
    {
        tokio::time::sleep_until(early.into()).await;
    }
    while Instant::now() < deadline {
        if spin.is_zero() {
            tokio::time::sleep_until(deadline.into()).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

/// `2026-01-02T03:04:05.678901234Z`.
pub(crate) fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:09}Z", instant::utc(since.as_secs()), since.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_around_leap_days_and_turns_of_years() {
        let at = |seconds: u64| timestamp(UNIX_EPOCH + Duration::new(seconds, 7));
        assert_eq!(at(0), "1970-01-01T00:00:00.000000007Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59.000000007Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000000007Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59.000000007Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00.000000007Z");
    }
}
