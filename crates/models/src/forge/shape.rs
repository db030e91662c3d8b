//! The shapes that can be forged.

use crate::config::{Config, Gpt2, Ids, Llama};

pub const SHAPES: [&str; 4] = ["llama-tiny", "llama-small", "gpt2-tiny", "gpt2-small"];

/// The end token is the vocabulary's first.
const END: Ids = Ids::One(0);

/// The tiny ones answer at once; the small ones have the layers of a GPT-2 small and its speed.
pub fn shape(name: &str, vocabulary: usize) -> Option<Config> {
    Some(match name {
        "llama-tiny" => llama(vocabulary, 128, 384, 4, (4, 2)),
        "llama-small" => llama(vocabulary, 768, 2048, 12, (12, 4)),
        "gpt2-tiny" => gpt2(vocabulary, 128, 4, 4),
        "gpt2-small" => gpt2(vocabulary, 768, 12, 12),
        _ => return None,
    })
}

fn llama(vocabulary: usize, hidden: usize, inner: usize, layers: usize, heads: (usize, usize)) -> Config {
    Config::Llama(Llama {
        vocab_size: vocabulary,
        hidden_size: hidden,
        intermediate_size: inner,
        num_hidden_layers: layers,
        num_attention_heads: heads.0,
        num_key_value_heads: Some(heads.1),
        head_dim: None,
        max_position_embeddings: 8192,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000.0,
        tie_word_embeddings: false,
        bos_token_id: None,
        eos_token_id: END,
    })
}

fn gpt2(vocabulary: usize, width: usize, layers: usize, heads: usize) -> Config {
    Config::Gpt2(Gpt2 {
        vocab_size: vocabulary,
        n_positions: 4096,
        n_embd: width,
        n_layer: layers,
        n_head: heads,
        n_inner: None,
        layer_norm_epsilon: 1e-5,
        tie_word_embeddings: false,
        eos_token_id: END,
    })
}
