//! Models forged from a seed, whole in the hub's layout, within seconds.
//!
//! The layers hold seeded random weights, so a forged model computes everything that a trained one of
//! its shape does. Its output layer is set so that greedy decoding does not repeat one token, as
//! random weights do: each token's likeliest successor is the next one on a walk that visits the
//! vocabulary once, in the order in which the shipped text first uses it, and ends with the end token.
//! It says nothing of sense, and is meant to be measured, not read.
//!
//! The same seed gives the same bytes on every machine: only integer draws and single roundings are
//! used, no sum whose order could differ and no function of a system's mathematics library.

mod shape;
mod tensors;
mod vocabulary;

use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use schema::files;
use serde_json::json;

use crate::ModelError;
use crate::config::{self, Config};
use crate::model::TOKENIZER_FILE;
use crate::weights;

pub use shape::{SHAPES, shape};

/// Where greedy decoding ends.
pub const END_TOKEN: &str = "<|endoftext|>";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forged {
    pub parameters: usize,
    /// sha256 of `model.safetensors`.
    pub digest: String,
}

/// Writes the model's files into `folder`; the weights last, so that a folder that has them is whole.
pub fn forge(shape: &str, seed: u64, folder: &Path) -> Result<Forged, ModelError> {
    let tokenizer = vocabulary::train()?;
    let walk = vocabulary::walk(&tokenizer)?;
    let Some(config) = shape::shape(shape, tokenizer.get_vocab_size(true)) else {
        let what = format!("unknown shape `{shape}` (known here: {})", SHAPES.join(", "));
        return Err(ModelError::format("", what));
    };
    let tensors = tensors::draw(&config, &walk, &mut ChaCha8Rng::seed_from_u64(seed));
    let bytes = tensors::serialize(&tensors)?;
    files::create_folder(folder)?;
    let tokenizer_text =
        tokenizer.to_string(false).map_err(|error| ModelError::format(TOKENIZER_FILE, error.to_string()))?;
    files::write_whole(&folder.join(TOKENIZER_FILE), tokenizer_text.as_bytes())?;
    let tokenizer_config = json!({ "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END_TOKEN });
    files::write_whole(&folder.join("tokenizer_config.json"), tokenizer_config.to_string().as_bytes())?;
    files::write_whole(&folder.join(config::FILE), config_text(&config).as_bytes())?;
    files::write_whole(&folder.join(weights::FILE), &bytes)?;
    let parameters = tensors.iter().map(|tensor| tensor.values.len()).sum();
    Ok(Forged { parameters, digest: schema::digest::of_bytes(&bytes) })
}

/// With what other readers of the layout ask for.
fn config_text(config: &Config) -> String {
    let mut document = json!(config);
    let (architecture, key, activation) = match config {
        Config::Llama(_) => ("LlamaForCausalLM", "hidden_act", "silu"),
        Config::Gpt2(_) => ("GPT2LMHeadModel", "activation_function", "gelu_new"),
    };
    document["architectures"] = json!([architecture]);
    document["dtype"] = json!("float32");
    document[key] = json!(activation);
    format!("{document:#}\n")
}
