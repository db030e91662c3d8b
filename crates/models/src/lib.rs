//! Small language models on candle: a llama and a GPT-2 shape from safetensors in the hub's layout,
//! with sampling as Ollama does it, and models forged from a seed.

pub mod config;
pub mod forge;
mod gpt2;
mod llama;
pub mod model;
pub mod sample;
pub mod text;
mod weights;

/// Candle multiplies matrices with this crate; naming it here switches its AVX-512 kernels on.
use gemm as _;

/// What is wrong with a model's files, or with what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("{0}")]
    File(schema::fault::Fault),
    #[error("{place}: {what}")]
    Format { place: String, what: String },
    #[error("the context of {0} tokens is full")]
    ContextFull(usize),
    #[error("cannot compute: {0}")]
    Compute(#[from] candle_core::Error),
}

impl From<schema::fault::Fault> for ModelError {
    fn from(fault: schema::fault::Fault) -> Self {
        Self::File(fault)
    }
}

impl ModelError {
    pub(crate) fn format(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Format { place: place.into(), what: what.into() }
    }

    /// As the faults of a program's input are told.
    pub fn into_fault(self) -> schema::fault::Fault {
        match self {
            Self::File(fault) => fault,
            Self::Format { place, what } => schema::fault::Fault::new(place, what),
            other => schema::fault::Fault::new("", other.to_string()),
        }
    }
}
