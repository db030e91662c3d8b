//! What can go wrong with a call. The classes are a closed list, and the Python twin has the same.

use serde::{Deserialize, Serialize};

use crate::call::Call;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nobody listens there, or the name is unknown.
    #[error("server_unreachable")]
    ServerUnreachable,
    /// The server has no such model (404).
    #[error("model_missing")]
    ModelMissing,
    /// 429 or 503: it is there and does not take the request.
    #[error("overloaded")]
    Overloaded,
    /// Any other status of 400 or above.
    #[error("server_error")]
    ServerError,
    /// It points elsewhere, and a measured client does not follow.
    #[error("redirected")]
    Redirected,
    #[error("timeout_first_byte")]
    TimeoutFirstByte,
    /// No progress for the idle limit, or not done within the total one.
    #[error("timeout_stalled")]
    TimeoutStalled,
    /// The connection broke inside the response, or inside a line.
    #[error("stream_truncated")]
    StreamTruncated,
    /// A clean end without `done: true`.
    #[error("stream_incomplete")]
    StreamIncomplete,
    /// `{"error": …}` after the response had begun.
    #[error("server_error_midstream")]
    ServerErrorMidstream,
    #[error("response_too_large")]
    ResponseTooLarge,
    /// Bytes that are no answer by the protocol.
    #[error("protocol")]
    Protocol,
    /// Tokens after the end, or counts that contradict the stream.
    #[error("inconsistent")]
    Inconsistent,
    /// The server claims more time than has passed, or less than none.
    #[error("clock_inconsistent")]
    ClockInconsistent,
}

/// A call that is no result. What had arrived until then is kept, for the record alone.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{class}: {message}")]
pub struct Failure {
    pub class: Class,
    pub message: String,
    pub partial: Box<Call>,
}

/// Text from the other side, in a message of ours.
const SHOWN_CHARACTERS_MAX: usize = 200;

impl Failure {
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), partial: Box::default() }
    }
}

/// The first characters of what a server said; whoever shows it escapes it.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
