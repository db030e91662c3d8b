//! What is known of one call: its answer, its times as the client saw them, the server's own figures.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub answer: String,
    /// `stop` or `length`.
    pub done_reason: Option<String>,
    pub times: Times,
    /// When each piece of text was in the program's hands: lines whose text is not empty.
    pub token_ns: Vec<u64>,
    pub server: ServerFigures,
    /// Of the body.
    pub bytes: u64,
    /// Pieces in which the body arrived.
    pub reads: u32,
}

/// `CLOCK_MONOTONIC`, in ns; 0 for what did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Before anything was done for this call.
    pub started_ns: u64,
    /// The request's bytes are ready and handed to the HTTP library: from here TTFT counts.
    pub sent_ns: u64,
    /// The response's head is there.
    pub headers_ns: u64,
    /// The end of the body was seen.
    pub done_ns: u64,
    /// Spent between receiving bytes and having their text, over the whole call.
    pub parse_ns: u64,
}

/// As the last line says it, in ns. What the server left out, or says 0 of, is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFigures {
    pub total_duration: Option<u64>,
    pub load_duration: Option<u64>,
    pub prompt_eval_count: Option<u64>,
    pub prompt_eval_duration: Option<u64>,
    pub eval_count: Option<u64>,
    pub eval_duration: Option<u64>,
}

impl Call {
    /// From sending to the first text that is not empty.
    pub fn ttft_ns(&self) -> Option<u64> {
        self.token_ns.first()?.checked_sub(self.times.sent_ns)
    }
}
