//! A model's `config.json` in the hub's layout. What this crate does not compute is refused by name,
//! never passed over: a model that runs wrong is worse than one that does not run.

use std::path::Path;

use schema::files;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ModelError;

pub const FILE: &str = "config.json";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename_all = "lowercase")]
pub enum Config {
    Llama(Llama),
    Gpt2(Gpt2),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Llama {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    #[serde(default)]
    pub num_key_value_heads: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    pub max_position_embeddings: usize,
    pub rms_norm_eps: f64,
    #[serde(default = "rope_theta")]
    pub rope_theta: f64,
    #[serde(default)]
    pub tie_word_embeddings: bool,
    #[serde(default)]
    pub bos_token_id: Option<u32>,
    #[serde(default)]
    pub eos_token_id: Ids,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gpt2 {
    pub vocab_size: usize,
    pub n_positions: usize,
    pub n_embd: usize,
    pub n_layer: usize,
    pub n_head: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_inner: Option<usize>,
    pub layer_norm_epsilon: f64,
    #[serde(default = "yes")]
    pub tie_word_embeddings: bool,
    #[serde(default)]
    pub eos_token_id: Ids,
}

/// None, one or several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ids {
    One(u32),
    Several(Vec<u32>),
    #[default]
    None,
}

impl Ids {
    pub fn contains(&self, id: u32) -> bool {
        match self {
            Self::One(one) => *one == id,
            Self::Several(several) => several.contains(&id),
            Self::None => false,
        }
    }
}

fn rope_theta() -> f64 {
    10_000.0
}

fn yes() -> bool {
    true
}

/// Sizes beyond these are a damaged file: nothing is allocated by them.
const SIZE_MAX: usize = 1 << 20;
const LAYERS_MAX: usize = 1024;

/// Keys with the only values that are computed here; absent is as good.
const FIXED: &[(&str, &[&str])] = &[
    ("hidden_act", &["\"silu\""]),
    ("attention_bias", &["false"]),
    ("mlp_bias", &["false"]),
    ("rope_scaling", &["null"]),
    ("activation_function", &["\"gelu_new\""]),
    ("scale_attn_weights", &["true"]),
    ("scale_attn_by_inverse_layer_idx", &["false"]),
    ("add_cross_attention", &["false"]),
];

impl Config {
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join(FILE);
        let bytes = files::read_at_most(&path, files::DOCUMENT_BYTES_MAX)?;
        let place = path.display().to_string();
        Self::parse(&bytes).map_err(|what| ModelError::format(place, what))
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut document: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        // Newer files have the rotation in an object of its own.
        if let Some(parameters) = document.get("rope_parameters").cloned() {
            if parameters.get("rope_type").is_some_and(|kind| kind != "default") {
                return Err(format!("rope_parameters.rope_type: {} is not computed here", parameters["rope_type"]));
            }
            if let Some(theta) = parameters.get("rope_theta") {
                document["rope_theta"] = theta.clone();
            }
        }
        for (key, allowed) in FIXED {
            if let Some(value) = document.get(key)
                && !allowed.contains(&value.to_string().as_str())
            {
                return Err(format!("{key}: {value} is not computed here, only {}", allowed.join(", ")));
            }
        }
        let config: Self = serde_json::from_value(document)
            .map_err(|error| format!("{error} (known here: model_type llama, gpt2)"))?;
        config.check().map(|()| config)
    }

    fn check(&self) -> Result<(), String> {
        let sizes = match self {
            Self::Llama(llama) => llama.sizes(),
            Self::Gpt2(gpt2) => gpt2.sizes(),
        };
        for (name, size) in sizes {
            let limit = if name.contains("layer") { LAYERS_MAX } else { SIZE_MAX };
            if size == 0 || size > limit {
                return Err(format!("{name}: {size} is none of 1 to {limit}"));
            }
        }
        match self {
            Self::Llama(llama) => llama.check(),
            Self::Gpt2(gpt2) if gpt2.n_embd % gpt2.n_head != 0 => {
                Err(format!("n_embd: {} is no multiple of n_head {}", gpt2.n_embd, gpt2.n_head))
            }
            Self::Gpt2(_) => Ok(()),
        }
    }

    pub fn family(&self) -> &'static str {
        match self {
            Self::Llama(_) => "llama",
            Self::Gpt2(_) => "gpt2",
        }
    }

    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Llama(llama) => llama.vocab_size,
            Self::Gpt2(gpt2) => gpt2.vocab_size,
        }
    }

    /// The longest context that the model was made for.
    pub fn context_max(&self) -> usize {
        match self {
            Self::Llama(llama) => llama.max_position_embeddings,
            Self::Gpt2(gpt2) => gpt2.n_positions,
        }
    }

    pub fn embedding(&self) -> usize {
        match self {
            Self::Llama(llama) => llama.hidden_size,
            Self::Gpt2(gpt2) => gpt2.n_embd,
        }
    }

    pub fn layers(&self) -> usize {
        match self {
            Self::Llama(llama) => llama.num_hidden_layers,
            Self::Gpt2(gpt2) => gpt2.n_layer,
        }
    }

    pub fn ends(&self, token: u32) -> bool {
        match self {
            Self::Llama(llama) => llama.eos_token_id.contains(token),
            Self::Gpt2(gpt2) => gpt2.eos_token_id.contains(token),
        }
    }
}

impl Llama {
    pub fn key_value_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    pub fn head(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.key_value_heads()),
            ("head_dim", self.head()),
            ("max_position_embeddings", self.max_position_embeddings),
        ]
    }

    fn check(&self) -> Result<(), String> {
        let (heads, key_value_heads) = (self.num_attention_heads, self.key_value_heads());
        if heads % key_value_heads != 0 {
            return Err(format!(
                "num_attention_heads: {heads} is no multiple of num_key_value_heads {key_value_heads}"
            ));
        }
        if !self.head().is_multiple_of(2) {
            return Err(format!("head_dim: {} is odd, and is rotated by pairs", self.head()));
        }
        Ok(())
    }
}

impl Gpt2 {
    pub fn inner(&self) -> usize {
        self.n_inner.unwrap_or(4 * self.n_embd)
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("vocab_size", self.vocab_size),
            ("n_positions", self.n_positions),
            ("n_embd", self.n_embd),
            ("n_layer", self.n_layer),
            ("n_head", self.n_head),
            ("n_inner", self.inner()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LLAMA: &str = r#"{"model_type": "llama", "vocab_size": 64, "hidden_size": 16, "intermediate_size": 32,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5, "eos_token_id": [2, 3], "hidden_act": "silu", "architectures": ["LlamaForCausalLM"]}"#;

    fn with(from: &str, to: &str) -> Result<Config, String> {
        Config::parse(LLAMA.replace(from, to).as_bytes())
    }

    #[test]
    fn a_hub_config_is_read() {
        let config = Config::parse(LLAMA.as_bytes()).expect("a config");
        assert!(config.ends(3) && !config.ends(4));
        let Config::Llama(llama) = config else { panic!("a llama") };
        assert_eq!((llama.head(), llama.key_value_heads(), llama.rope_theta), (4, 2, 10_000.0));
    }

    #[test]
    fn what_is_not_computed_is_refused_by_name() {
        assert!(with("silu", "gelu").is_err_and(|what| what.contains("hidden_act")));
        assert!(with("\"rms_norm_eps\"", "\"rope_scaling\": {\"type\": \"linear\"}, \"rms_norm_eps\"").is_err());
        assert!(with("\"llama\"", "\"bert\"").is_err_and(|what| what.contains("known here: model_type llama, gpt2")));
        assert!(with("_value_heads\": 2", "_value_heads\": 3").is_err_and(|what| what.contains("multiple")));
        assert!(with("64", "0").is_err_and(|what| what.contains("vocab_size: 0")));
        assert!(with("64", "99999999999").is_err_and(|what| what.contains("vocab_size")));
    }

    proptest! {
        #[test]
        fn no_config_is_a_panic(text in "[-{}\":,a-z0-9_]{0,60}", size in any::<u64>()) {
            let _ = Config::parse(text.as_bytes());
            let _ = with("\"hidden_size\": 16", &format!("\"hidden_size\": {size}"));
        }
    }
}
