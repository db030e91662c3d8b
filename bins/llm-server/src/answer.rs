//! Answers that are there at once.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use crate::stream::Answer;
use crate::wire::{Wire, json};
use crate::{ollama, openai};

pub(crate) type Reply = Response<Answer>;

/// Which interface's words an error is told in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Ollama,
    OpenAi,
}

pub(crate) fn bytes(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Reply {
    let mut reply = Response::new(Answer::Whole(Some(Bytes::from(body))));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

pub(crate) fn text(status: StatusCode, text: &str) -> Reply {
    bytes(status, "text/plain; charset=utf-8", text.as_bytes().to_vec())
}

pub(crate) fn document(document: &impl serde::Serialize) -> Reply {
    bytes(StatusCode::OK, "application/json; charset=utf-8", json(document))
}

pub(crate) fn error(dialect: Dialect, status: StatusCode, message: &str) -> Reply {
    let body = match dialect {
        Dialect::Ollama => json(&ollama::error(message)),
        Dialect::OpenAi => json(&openai::error(status.as_u16(), message)),
    };
    bytes(status, "application/json; charset=utf-8", body)
}

impl Wire {
    pub(crate) fn dialect(&self) -> Dialect {
        if self.is_openai() { Dialect::OpenAi } else { Dialect::Ollama }
    }
}
