//! One thing that was looked at.

use serde_json::{Value, json};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Works, but figures are less sharp, or something cannot be shown.
    Note,
    /// `scripts/run` cannot work without it.
    Missing,
}

impl State {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Missing => "MISSING",
        }
    }
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) subject: &'static str,
    pub(super) state: State,
    pub(super) seen: String,
    /// What it means for measuring; absent where all is well.
    pub(super) means: Option<String>,
    /// What to do about it; absent where nothing can be done from here.
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn good(subject: &'static str, seen: impl Into<String>) -> Self {
        Self { subject, state: State::Good, seen: seen.into(), means: None, remedy: None }
    }

    pub(super) fn note(subject: &'static str, seen: impl Into<String>, means: impl Into<String>) -> Self {
        Self { subject, state: State::Note, seen: seen.into(), means: Some(means.into()), remedy: None }
    }

    pub(super) fn missing(subject: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        let means = Some("scripts/run cannot work without it".to_owned());
        Self { subject, state: State::Missing, seen: seen.into(), means, remedy: Some(remedy.into()) }
    }

    #[must_use]
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(super) fn as_json(&self, group: &str) -> Value {
        json!({"group": group, "subject": self.subject, "state": self.state.word().to_lowercase(),
            "seen": self.seen, "means": self.means, "remedy": self.remedy})
    }
}
