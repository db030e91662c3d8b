//! Waiting for a server, never longer than the limits say.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::failure::Class;
use crate::limits::Limits;
use crate::runtime::Timer;

pub(crate) struct Waiting {
    limits: Limits,
    sent: Instant,
    begun: bool,
}

pub(crate) type Fault = (Class, String);

/// An error's text is read as far as this.
pub(crate) const ERROR_BYTES_MAX: usize = 4 << 10;

impl Waiting {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: *limits, sent: Instant::now(), begun: false }
    }

    /// The body's first byte has come: from now on the idle limit holds.
    pub(crate) fn begun(&mut self) {
        self.begun = true;
    }

    pub(crate) async fn on<R: Timer, T: Send>(&self, future: impl Future<Output = T> + Send) -> Result<T, Fault> {
        let last = self.sent + self.limits.total;
        let (next, class, limit) = if self.begun {
            (Instant::now() + self.limits.idle, Class::TimeoutStalled, self.limits.idle)
        } else {
            (self.sent + self.limits.first_byte, Class::TimeoutFirstByte, self.limits.first_byte)
        };
        R::until(next.min(last), future).await.ok_or_else(|| {
            if last < next {
                (Class::TimeoutStalled, format!("not done after {}", seconds(self.limits.total)))
            } else {
                (class, format!("nothing came for {}", seconds(limit)))
            }
        })
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
