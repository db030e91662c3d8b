//! What a request asks of a backend, and what the backend answers, whatever the interface.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::keep_alive::KeepAlive;
use crate::options::Options;

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) prompt: Prompt,
    pub(crate) options: Options,
    pub(crate) keep_alive: Option<KeepAlive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// Load the model and no more.
    Nothing,
    /// A text that continues the tokens of an earlier answer's `context`.
    Text {
        context: Vec<u32>,
        text: String,
    },
    Chat(Vec<Message>),
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Message {
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) content: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A piece of the answer: the text of one token, or of several where one token alone is no whole character.
    Piece(String),
    End(End),
    /// The backend itself failed.
    Failed(String),
}

/// The closing statistics, as Ollama counts them: a closing token that is not shown is counted too.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    pub(crate) reason: Reason,
    pub(crate) load: Duration,
    pub(crate) prompt_count: usize,
    pub(crate) prompt: Duration,
    pub(crate) eval_count: usize,
    pub(crate) eval: Duration,
    pub(crate) context: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reason {
    #[default]
    Stop,
    Length,
    Load,
    Unload,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Load => "load",
            Self::Unload => "unload",
        }
    }
}

/// Dropping it ends the generation: that is how a client that vanished is noticed.
pub(crate) type Events = UnboundedReceiver<Event>;

impl Prompt {
    /// A scripted server has no tokenizer: it counts words as tokens.
    pub(crate) fn words(&self) -> usize {
        let count = |text: &str| text.split_whitespace().count();
        match self {
            Self::Nothing => 0,
            Self::Text { context, text } => context.len() + count(text),
            Self::Chat(messages) => messages.iter().map(|message| count(&message.content)).sum(),
        }
    }
}
