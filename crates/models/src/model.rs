//! A model ready to run: its shape, its weights and its tokenizer, from a folder in the hub's layout.

use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use schema::files;
use tokenizers::Tokenizer;

use crate::ModelError;
use crate::config::Config;
use crate::gpt2::Gpt2;
use crate::llama::Llama;
use crate::weights::{self, Weights};

pub const TOKENIZER_FILE: &str = "tokenizer.json";

/// One sequence at a time, its keys and values kept.
pub struct Model {
    config: Config,
    tokenizer: Arc<Tokenizer>,
    network: Network,
    context: usize,
    position: usize,
}

enum Network {
    Llama(Llama),
    Gpt2(Gpt2),
}

/// A prompt is computed so many tokens at a time, which bounds the memory of its attention.
pub const BATCH: usize = 256;

impl Model {
    /// `context` tokens at most, or as many as the model was made for.
    pub fn load(folder: &Path, context: usize) -> Result<Self, ModelError> {
        let config = Config::read(folder)?;
        let context = context.min(config.context_max());
        let tokenizer = Arc::new(read_tokenizer(folder, &config)?);
        let network = match &config {
            Config::Llama(llama) => Network::Llama(Llama::load(llama, &mut Weights::read(folder, "model.")?, context)?),
            Config::Gpt2(gpt2) => {
                Network::Gpt2(Gpt2::load(gpt2, &mut Weights::read(folder, "transformer.")?, context)?)
            }
        };
        Ok(Self { config, tokenizer, network, context, position: 0 })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn tokenizer(&self) -> Arc<Tokenizer> {
        Arc::clone(&self.tokenizer)
    }

    pub fn context(&self) -> usize {
        self.context
    }

    pub fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.tokenizer.encode_fast(text, false);
        let encoding = encoding.map_err(|error| ModelError::format(TOKENIZER_FILE, error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The logits of the token after `tokens`, which follow those of earlier calls.
    pub fn logits(&mut self, tokens: &[u32]) -> Result<Vec<f32>, ModelError> {
        if tokens.is_empty() || self.position + tokens.len() > self.context {
            return Err(ModelError::ContextFull(self.context));
        }
        let vocabulary = self.config.vocabulary();
        if let Some(token) = tokens.iter().find(|token| **token as usize >= vocabulary) {
            return Err(ModelError::format("", format!("token {token} is not below the vocabulary of {vocabulary}")));
        }
        let mut logits = None;
        for batch in tokens.chunks(BATCH) {
            let input = Tensor::new(batch, &Device::Cpu)?;
            logits = Some(match &mut self.network {
                Network::Llama(llama) => llama.forward(&input, self.position)?,
                Network::Gpt2(gpt2) => gpt2.forward(&input, self.position)?,
            });
            self.position += batch.len();
        }
        let logits = logits.ok_or(ModelError::ContextFull(self.context))?;
        Ok(logits.to_vec1()?)
    }

    /// Forgets the sequence.
    pub fn restart(&mut self) {
        self.position = 0;
        match &mut self.network {
            Network::Llama(llama) => llama.restart(),
            Network::Gpt2(gpt2) => gpt2.restart(),
        }
    }
}

fn read_tokenizer(folder: &Path, config: &Config) -> Result<Tokenizer, ModelError> {
    let path = folder.join(TOKENIZER_FILE);
    let bytes = files::read_at_most(&path, files::DOCUMENT_BYTES_MAX)?;
    let place = path.display().to_string();
    let tokenizer = Tokenizer::from_bytes(bytes)
        .map_err(|error| ModelError::format(place.clone(), format!("no tokenizer: {error}")))?;
    let (known, vocabulary) = (tokenizer.get_vocab_size(true), config.vocabulary());
    if known > vocabulary {
        let what = format!("has {known} tokens, and {} a vocabulary of {vocabulary}", crate::config::FILE);
        return Err(ModelError::format(place, what));
    }
    Ok(tokenizer)
}

/// What a folder says about its model without loading it.
#[derive(Clone, Debug)]
pub struct Facts {
    pub config: Config,
    pub digest: String,
    pub bytes: u64,
    pub modified: std::time::SystemTime,
}

impl Facts {
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let config = Config::read(folder)?;
        let path = folder.join(weights::FILE);
        let metadata = std::fs::metadata(&path).map_err(|error| files::cannot("read", &path, &error))?;
        read_tokenizer(folder, &config)?;
        let modified = metadata.modified().map_err(|error| files::cannot("read", &path, &error))?;
        Ok(Self { config, digest: schema::digest::of_file(&path)?, bytes: metadata.len(), modified })
    }
}
