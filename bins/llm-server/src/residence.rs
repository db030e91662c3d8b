//! Which model is in memory, and until when.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::keep_alive::KeepAlive;

/// One model's place in memory, shared by those who use it and those who ask about it.
#[derive(Debug, Default)]
pub(crate) struct Residence(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    loaded: bool,
    /// While above zero the model stays, however short its time is.
    in_use: usize,
    until: Option<Instant>,
}

/// Ollama's `expires_at` of a model that stays for ever lies far in the future too.
const FAR: Duration = Duration::from_hours(100 * 365 * 24);

impl Residence {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether the model was there already; from now on it is in use.
    pub(crate) fn enter(&self) -> bool {
        let mut state = self.state();
        let was_loaded = state.loaded && !state.is_over();
        state.loaded = was_loaded;
        state.in_use += 1;
        was_loaded
    }

    pub(crate) fn set_loaded(&self) {
        self.state().loaded = true;
    }

    /// The use has ended; the model stays as long as it says.
    pub(crate) fn leave(&self, keep_alive: KeepAlive) {
        let mut state = self.state();
        state.in_use = state.in_use.saturating_sub(1);
        state.until = match keep_alive {
            KeepAlive::Forever => None,
            KeepAlive::For(time) => Some(Instant::now() + time),
        };
    }

    /// Out of memory as soon as nobody uses it.
    pub(crate) fn expire(&self) {
        self.state().until = Some(Instant::now());
    }

    /// How long it may still stay unused; nothing where that is for ever.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        Some(self.state().until?.saturating_duration_since(Instant::now()))
    }

    /// Until when it stays, or nothing where it is not loaded.
    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        let state = self.state();
        let left = state.until.map_or(FAR, |until| until.saturating_duration_since(Instant::now()));
        (state.loaded && !state.is_over()).then(|| SystemTime::now() + left)
    }
}

impl State {
    fn is_over(&self) -> bool {
        self.in_use == 0 && self.until.is_some_and(|until| until <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_while_in_use_and_goes_when_its_time_is_over() {
        let residence = Residence::default();
        assert!(!residence.enter(), "nothing was loaded");
        residence.set_loaded();
        residence.expire();
        assert!(residence.expires_at().is_some(), "in use");
        residence.leave(KeepAlive::For(Duration::ZERO));
        assert!(residence.expires_at().is_none());
        assert!(!residence.enter(), "has to be loaded anew");
        residence.set_loaded();
        residence.leave(KeepAlive::Forever);
        assert!(residence.enter());
    }
}
