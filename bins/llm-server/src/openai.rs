//! `OpenAI`'s documents, as Ollama's compatible interface reads and writes them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::backend::{Backend, Card};
use crate::job::{End, Job, Message, Prompt};
use crate::options::{Options, texts};
use crate::wire::{Form, Wire};

#[derive(Debug, Deserialize)]
pub(crate) struct ChatRequest {
    #[serde(default)]
    pub(crate) model: String,
    #[serde(default)]
    messages: Vec<ChatMessage>,
    #[serde(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TextRequest {
    #[serde(default)]
    pub(crate) model: String,
    #[serde(default)]
    prompt: String,
    #[serde(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Deserialize)]
struct ChatMessage {
    role: String,
    #[serde(default)]
    content: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Common {
    #[serde(default)]
    pub(crate) stream: Option<bool>,
    #[serde(default)]
    pub(crate) stream_options: Option<StreamOptions>,
    #[serde(default)]
    max_tokens: Option<usize>,
    #[serde(default)]
    max_completion_tokens: Option<usize>,
    #[serde(default)]
    seed: Option<i64>,
    #[serde(default)]
    stop: Value,
    #[serde(default)]
    temperature: Option<f32>,
    #[serde(default)]
    top_p: Option<f32>,
    #[serde(default)]
    frequency_penalty: Option<f32>,
    #[serde(default)]
    presence_penalty: Option<f32>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    n: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StreamOptions {
    #[serde(default)]
    pub(crate) include_usage: bool,
}

impl Common {
    /// Ollama's middleware: temperature and `top_p` are 1 where not given, the rest is its own default.
    fn options(&self) -> Result<Options, String> {
        if !self.tools.is_empty() {
            return Err("`tools` is not supported by this server".to_owned());
        }
        if self.n.is_some_and(|n| n != 1) {
            return Err("`n` must be 1: this server gives one answer".to_owned());
        }
        Ok(Options {
            num_predict: self.max_completion_tokens.or(self.max_tokens).filter(|n| *n > 0),
            seed: self.seed.and_then(|seed| seed.try_into().ok()),
            stop: texts("stop", &self.stop)?,
            temperature: self.temperature.unwrap_or(1.0),
            top_p: self.top_p.unwrap_or(1.0),
            frequency_penalty: self.frequency_penalty.unwrap_or(0.0),
            presence_penalty: self.presence_penalty.unwrap_or(0.0),
            ..Options::default()
        })
    }

    pub(crate) fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage)
    }
}

impl ChatRequest {
    pub(crate) fn into_job(self) -> Result<Job, String> {
        let options = self.common.options()?;
        if self.messages.is_empty() {
            return Err("[] is too short - 'messages'".to_owned());
        }
        let messages = self.messages.into_iter().map(ChatMessage::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Job { prompt: Prompt::Chat(messages), options, keep_alive: None })
    }
}

impl TextRequest {
    pub(crate) fn into_job(self) -> Result<Job, String> {
        let options = self.common.options()?;
        if self.prompt.is_empty() {
            return Err("`prompt` is empty".to_owned());
        }
        Ok(Job { prompt: Prompt::Text { context: Vec::new(), text: self.prompt }, options, keep_alive: None })
    }
}

impl ChatMessage {
    /// The content is a text or a list of parts; parts that are no text are refused.
    fn read(self) -> Result<Message, String> {
        let wrong = || "invalid message format".to_owned();
        let content = match self.content {
            Value::String(text) => text,
            Value::Array(parts) => {
                let texts: Option<Vec<&str>> = parts.iter().map(|part| part["text"].as_str()).collect();
                texts.ok_or_else(wrong)?.join("\n")
            }
            Value::Null => String::new(),
            _ => return Err(wrong()),
        };
        Ok(Message { role: self.role, content })
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    system_fingerprint: &'static str,
    choices: Vec<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Said<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Said<'a>>,
    finish_reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "OpenAI's names")]
struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    total_tokens: usize,
}

impl Usage {
    fn of(end: &End) -> Self {
        Self {
            prompt_tokens: end.prompt_count,
            completion_tokens: end.eval_count,
            total_tokens: end.prompt_count + end.eval_count,
        }
    }
}

fn document<'a>(wire: &'a Wire, whole: bool, said: Option<(&'a str, Option<&'static str>)>) -> Document<'a> {
    let (id, chat) = match &wire.form {
        Form::OpenAiChat { id, .. } => (id.as_str(), true),
        Form::OpenAiText { id, .. } => (id.as_str(), false),
        Form::Generate | Form::Chat => ("", false),
    };
    let object = match (chat, whole) {
        (true, true) => "chat.completion",
        (true, false) => "chat.completion.chunk",
        (false, _) => "text_completion",
    };
    let choice = |(text, finish_reason)| Choice {
        index: 0,
        text: (!chat).then_some(text),
        delta: (chat && !whole).then_some(Said { role: "assistant", content: text }),
        message: (chat && whole).then_some(Said { role: "assistant", content: text }),
        finish_reason,
    };
    Document {
        id,
        object,
        created: Wire::created(),
        model: &wire.model,
        system_fingerprint: "fp_ferrobench",
        choices: said.map(choice).into_iter().collect(),
        usage: None,
    }
}

pub(crate) fn piece<'a>(wire: &'a Wire, text: &'a str) -> Document<'a> {
    document(wire, false, Some((text, None)))
}

pub(crate) fn closing<'a>(wire: &'a Wire, end: &End) -> Document<'a> {
    document(wire, false, Some(("", Some(end.reason.as_str()))))
}

/// The last chunk, without a choice, where the request asks for it.
pub(crate) fn usage_chunk<'a>(wire: &'a Wire, end: &End) -> Option<Document<'a>> {
    let (Form::OpenAiChat { usage, .. } | Form::OpenAiText { usage, .. }) = &wire.form else { return None };
    usage.then(|| Document { usage: Some(Usage::of(end)), ..document(wire, false, None) })
}

pub(crate) fn whole<'a>(wire: &'a Wire, text: &'a str, end: &End) -> Document<'a> {
    let said = Some((text, Some(end.reason.as_str())));
    Document { usage: Some(Usage::of(end)), ..document(wire, true, said) }
}

pub(crate) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        400 => "invalid_request_error",
        404 => "not_found_error",
        _ => "api_error",
    };
    json!({ "error": { "message": message, "type": kind, "param": null, "code": null } })
}

pub(crate) fn models(backend: &Backend) -> Value {
    json!({ "object": "list", "data": backend.cards().into_iter().map(model).collect::<Vec<_>>() })
}

pub(crate) fn model(card: &Card) -> Value {
    let created = card.modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    json!({ "id": card.name, "object": "model", "created": created, "owned_by": "library" })
}
