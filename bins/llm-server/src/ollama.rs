//! Ollama's documents: requests as its clients write them, answers in the order of its fields.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::backend::{Backend, Card};
use crate::clock::timestamp;
use crate::job::{End, Job, Message, Prompt, Reason};
use crate::keep_alive::KeepAlive;
use crate::options::Options;
use crate::wire::{Form, Wire};

#[derive(Debug, Deserialize)]
pub(crate) struct GenerateRequest {
    #[serde(default)]
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) prompt: String,
    #[serde(default)]
    pub(crate) system: String,
    #[serde(default)]
    pub(crate) context: Option<Vec<u32>>,
    #[serde(default)]
    pub(crate) raw: Option<bool>,
    #[serde(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChatRequest {
    #[serde(default)]
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) messages: Option<Vec<Message>>,
    #[serde(flatten)]
    pub(crate) common: Common,
}

/// What both have. The last four are refused where they ask for something.
#[derive(Debug, Deserialize)]
pub(crate) struct Common {
    #[serde(default)]
    pub(crate) stream: Option<bool>,
    #[serde(default)]
    pub(crate) options: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) keep_alive: Option<KeepAlive>,
    #[serde(default)]
    template: Value,
    #[serde(default)]
    suffix: Value,
    #[serde(default)]
    images: Value,
    #[serde(default)]
    format: Value,
    #[serde(default)]
    tools: Value,
}

impl Common {
    fn options(&self) -> Result<Options, String> {
        for (name, value) in [
            ("template", &self.template),
            ("suffix", &self.suffix),
            ("images", &self.images),
            ("format", &self.format),
            ("tools", &self.tools),
        ] {
            let is_empty = match value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(list) => list.is_empty(),
                _ => false,
            };
            if !is_empty {
                return Err(format!("`{name}` is not supported by this server"));
            }
        }
        Options::from_json(self.options.as_ref().unwrap_or(&Map::new()))
    }
}

impl GenerateRequest {
    pub(crate) fn into_job(self) -> Result<Job, String> {
        let raw = self.raw.unwrap_or(false);
        if raw && (!self.system.is_empty() || self.context.is_some()) {
            return Err("raw mode does not support template, system, or context".to_owned());
        }
        let options = self.common.options()?;
        let prompt = if self.prompt.is_empty() {
            Prompt::Nothing
        } else if self.system.is_empty() {
            Prompt::Text { context: self.context.unwrap_or_default(), text: self.prompt }
        } else {
            let text = format!("{}\n\n{}", self.system, self.prompt);
            Prompt::Text { context: self.context.unwrap_or_default(), text }
        };
        Ok(Job { prompt, options, keep_alive: self.common.keep_alive })
    }
}

impl ChatRequest {
    pub(crate) fn into_job(self) -> Result<Job, String> {
        let options = self.common.options()?;
        let prompt = match self.messages {
            Some(messages) if !messages.is_empty() => Prompt::Chat(messages),
            _ => Prompt::Nothing,
        };
        Ok(Job { prompt, options, keep_alive: self.common.keep_alive })
    }
}

/// A piece of an answer, or its end.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    model: &'a str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Said<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'a str>,
    done: bool,
    #[serde(flatten)]
    closing: Option<Closing<'a>>,
}

#[derive(Debug, Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

/// Durations in nanoseconds; like Ollama, what is zero is left out.
#[derive(Debug, Serialize)]
struct Closing<'a> {
    done_reason: &'static str,
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    context: &'a [u32],
    #[serde(skip_serializing_if = "is_zero")]
    total_duration: u64,
    #[serde(skip_serializing_if = "is_zero")]
    load_duration: u64,
    #[serde(skip_serializing_if = "is_zero")]
    prompt_eval_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    prompt_eval_duration: u64,
    #[serde(skip_serializing_if = "is_zero")]
    eval_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    eval_duration: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

pub(crate) fn piece<'a>(wire: &'a Wire, text: &'a str) -> Answer<'a> {
    let chat = matches!(wire.form, Form::Chat);
    Answer {
        model: &wire.model,
        created_at: Wire::created_at(),
        message: chat.then_some(Said { role: "assistant", content: text }),
        response: (!chat).then_some(text),
        done: false,
        closing: None,
    }
}

pub(crate) fn end<'a>(wire: &'a Wire, text: &'a str, end: &'a End) -> Answer<'a> {
    let nanoseconds = |duration: Duration| duration.as_nanos() as u64;
    // Loading and unloading have no statistics in Ollama's answer.
    let generated = matches!(end.reason, Reason::Stop | Reason::Length);
    let total_duration = if generated { nanoseconds(wire.total()) } else { 0 };
    let closing = Closing {
        done_reason: end.reason.as_str(),
        context: &end.context,
        total_duration,
        load_duration: nanoseconds(end.load),
        prompt_eval_count: end.prompt_count as u64,
        prompt_eval_duration: nanoseconds(end.prompt),
        eval_count: end.eval_count as u64,
        eval_duration: nanoseconds(end.eval),
    };
    Answer { done: true, closing: Some(closing), ..piece(wire, text) }
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody<'a> {
    error: &'a str,
}

pub(crate) fn error(message: &str) -> ErrorBody<'_> {
    ErrorBody { error: message }
}

fn details(card: &Card) -> Value {
    json!({
        "parent_model": "",
        "format": card.format,
        "family": card.family,
        "families": [card.family],
        "parameter_size": card.parameter_size,
        "quantization_level": card.quantization,
    })
}

pub(crate) fn tags(backend: &Backend) -> Value {
    let model = |card: &&Card| {
        json!({
            "name": card.name,
            "model": card.name,
            "modified_at": timestamp(card.modified),
            "size": card.size,
            "digest": card.digest,
            "details": details(card),
        })
    };
    json!({ "models": backend.cards().iter().map(model).collect::<Vec<_>>() })
}

pub(crate) fn ps(backend: &Backend) -> Value {
    let model = |card: &Card| {
        let expires_at = backend.expires_at(card)?;
        Some(json!({
            "name": card.name,
            "model": card.name,
            "size": card.size,
            "digest": card.digest,
            "details": details(card),
            "expires_at": timestamp(expires_at),
            "size_vram": 0,
        }))
    };
    json!({ "models": backend.cards().into_iter().filter_map(model).collect::<Vec<_>>() })
}

pub(crate) fn show(card: &Card) -> Value {
    json!({
        "modelfile": "",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": details(card),
        "model_info": card.info,
        "capabilities": ["completion"],
        "modified_at": timestamp(card.modified),
    })
}
