//! How a generation is written in each interface's words.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::clock::timestamp;
use crate::job::End;
use crate::{ollama, openai};

#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) form: Form,
    pub(crate) model: String,
    /// When the request was there, whole.
    pub(crate) begin: Instant,
    pub(crate) stream: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Form {
    Generate,
    Chat,
    OpenAiChat { id: String, usage: bool },
    OpenAiText { id: String, usage: bool },
}

impl Wire {
    pub(crate) fn content_type(&self) -> &'static str {
        match (&self.form, self.stream) {
            (Form::Generate | Form::Chat, true) => "application/x-ndjson",
            (_, true) => "text/event-stream",
            (_, false) => "application/json; charset=utf-8",
        }
    }

    pub(crate) fn is_openai(&self) -> bool {
        matches!(self.form, Form::OpenAiChat { .. } | Form::OpenAiText { .. })
    }

    /// One piece of the answer.
    pub(crate) fn piece(&self, text: &str) -> Vec<u8> {
        match &self.form {
            Form::Generate | Form::Chat => line(&ollama::piece(self, text)),
            Form::OpenAiChat { .. } | Form::OpenAiText { .. } => event(&openai::piece(self, text)),
        }
    }

    /// What closes a stream.
    pub(crate) fn end(&self, end: &End) -> Vec<u8> {
        match &self.form {
            Form::Generate | Form::Chat => line(&ollama::end(self, "", end)),
            Form::OpenAiChat { .. } | Form::OpenAiText { .. } => {
                let mut bytes = event(&openai::closing(self, end));
                if let Some(usage) = openai::usage_chunk(self, end) {
                    bytes.extend(event(&usage));
                }
                bytes.extend_from_slice(b"data: [DONE]\n\n");
                bytes
            }
        }
    }

    /// The answer that is not streamed.
    pub(crate) fn whole(&self, text: &str, end: &End) -> Vec<u8> {
        match &self.form {
            Form::Generate | Form::Chat => json(&ollama::end(self, text, end)),
            Form::OpenAiChat { .. } | Form::OpenAiText { .. } => json(&openai::whole(self, text, end)),
        }
    }

    /// An error, in mid-stream where it comes to that.
    pub(crate) fn error(&self, status: u16, message: &str) -> Vec<u8> {
        match (&self.form, self.stream) {
            (Form::Generate | Form::Chat, true) => line(&ollama::error(message)),
            (Form::Generate | Form::Chat, false) => json(&ollama::error(message)),
            (_, true) => event(&openai::error(status, message)),
            (_, false) => json(&openai::error(status, message)),
        }
    }

    /// Something that is no document, framed as one.
    pub(crate) fn malformed(&self) -> Vec<u8> {
        let garbage = br#"{"response": "half a li"#;
        if self.is_openai() { framed(b"data: ", garbage, b"\n\n") } else { framed(b"", garbage, b"\n") }
    }

    pub(crate) fn created_at() -> String {
        timestamp(SystemTime::now())
    }

    pub(crate) fn created() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    pub(crate) fn total(&self) -> Duration {
        self.begin.elapsed()
    }
}

/// Documents are made here from texts and numbers: none of them can fail to be written.
pub(crate) fn json(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).unwrap_or_default()
}

fn line(document: &impl Serialize) -> Vec<u8> {
    let mut bytes = json(document);
    bytes.push(b'\n');
    bytes
}

fn event(document: &impl Serialize) -> Vec<u8> {
    framed(b"data: ", &json(document), b"\n\n")
}

fn framed(before: &[u8], bytes: &[u8], after: &[u8]) -> Vec<u8> {
    [before, bytes, after].concat()
}
