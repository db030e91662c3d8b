//! The llama shape: RMS norms, rotated positions, grouped queries, a gated feed-forward layer.

use candle_core::{Device, Tensor};
use candle_nn::kv_cache::KvCache;
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::rope;

use crate::ModelError;
use crate::config::Llama as Config;
use crate::weights::Weights;

type Computed<T> = candle_core::Result<T>;

pub(crate) struct Llama {
    embedding: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    head: Tensor,
    cosines: Tensor,
    sines: Tensor,
    config: Config,
}

struct Layer {
    attention_norm: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    feed_norm: Tensor,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
    cache: KvCache,
}

impl Llama {
    pub(crate) fn load(config: &Config, weights: &mut Weights, context: usize) -> Result<Self, ModelError> {
        let (hidden, vocabulary) = (config.hidden_size, config.vocab_size);
        let embedding = weights.take("model.embed_tokens.weight", (vocabulary, hidden))?;
        let layers = (0..config.num_hidden_layers)
            .map(|index| Layer::load(config, weights, index, context))
            .collect::<Result<Vec<_>, _>>()?;
        let norm = weights.take("model.norm.weight", hidden)?;
        let head = if config.tie_word_embeddings {
            embedding.clone()
        } else {
            weights.take("lm_head.weight", (vocabulary, hidden))?
        };
        let (cosines, sines) = rotations(config, context)?;
        Ok(Self { embedding, layers, norm, head, cosines, sines, config: config.clone() })
    }

    /// The logits after the last of `tokens`, which stand at `position` and after.
    pub(crate) fn forward(&mut self, tokens: &Tensor, position: usize) -> Computed<Tensor> {
        let count = tokens.dim(0)?;
        let turns = (self.cosines.narrow(0, position, count)?, self.sines.narrow(0, position, count)?);
        let mut x = self.embedding.index_select(tokens, 0)?;
        for layer in &mut self.layers {
            x = layer.forward(&self.config, &x, &turns)?;
        }
        let last = rms_norm(&x.narrow(0, count - 1, 1)?, &self.norm, self.config.rms_norm_eps as f32)?;
        last.matmul(&self.head.t()?)?.squeeze(0)
    }

    pub(crate) fn restart(&mut self) {
        self.layers.iter_mut().for_each(|layer| layer.cache.reset());
    }
}

/// Cosine and sine of each position's angle for each pair of a head's coordinates.
fn rotations(config: &Config, context: usize) -> Computed<(Tensor, Tensor)> {
    let pairs = config.head() / 2;
    let frequency = |pair: usize| config.rope_theta.powf(-(pair as f64) / pairs as f64) as f32;
    let frequencies = Tensor::from_iter((0..pairs).map(frequency), &Device::Cpu)?;
    let positions = Tensor::from_iter((0..context).map(|position| position as f32), &Device::Cpu)?;
    let angles = positions.unsqueeze(1)?.matmul(&frequencies.unsqueeze(0)?)?;
    Ok((angles.cos()?, angles.sin()?))
}

impl Layer {
    fn load(config: &Config, weights: &mut Weights, index: usize, context: usize) -> Result<Self, ModelError> {
        let (hidden, inner, head) = (config.hidden_size, config.intermediate_size, config.head());
        let (queries, keys) = (config.num_attention_heads * head, config.key_value_heads() * head);
        let mut take = |name: &str, rows: usize, columns: usize| {
            weights.take(&format!("model.layers.{index}.{name}.weight"), (rows, columns))
        };
        let query = take("self_attn.q_proj", queries, hidden)?;
        let key = take("self_attn.k_proj", keys, hidden)?;
        let value = take("self_attn.v_proj", keys, hidden)?;
        let output = take("self_attn.o_proj", hidden, queries)?;
        let gate = take("mlp.gate_proj", inner, hidden)?;
        let up = take("mlp.up_proj", inner, hidden)?;
        let down = take("mlp.down_proj", hidden, inner)?;
        let attention_norm = weights.take(&format!("model.layers.{index}.input_layernorm.weight"), hidden)?;
        let feed_norm = weights.take(&format!("model.layers.{index}.post_attention_layernorm.weight"), hidden)?;
        let cache = KvCache::new(1, context);
        Ok(Self { attention_norm, query, key, value, output, feed_norm, gate, up, down, cache })
    }

    fn forward(&mut self, config: &Config, x: &Tensor, turns: &(Tensor, Tensor)) -> Computed<Tensor> {
        let epsilon = config.rms_norm_eps as f32;
        let attended = self.attend(config, &rms_norm(x, &self.attention_norm, epsilon)?, turns)?;
        let x = (x + attended)?;
        let normed = rms_norm(&x, &self.feed_norm, epsilon)?;
        let gated = (silu(&normed.matmul(&self.gate.t()?)?)? * normed.matmul(&self.up.t()?)?)?;
        &x + gated.matmul(&self.down.t()?)?
    }

    fn attend(&mut self, config: &Config, x: &Tensor, (cosines, sines): &(Tensor, Tensor)) -> Computed<Tensor> {
        let count = x.dim(0)?;
        let (heads, groups, head) = (config.num_attention_heads, config.key_value_heads(), config.head());
        let split =
            |projected: Tensor, heads: usize| projected.reshape((count, heads, head))?.transpose(0, 1)?.contiguous();
        let turn = |x: Tensor| rope(&x.unsqueeze(0)?, cosines, sines)?.squeeze(0);
        let query = turn(split(x.matmul(&self.query.t()?)?, heads)?)?;
        let key = turn(split(x.matmul(&self.key.t()?)?, groups)?)?;
        let value = split(x.matmul(&self.value.t()?)?, groups)?;
        let (keys, values) = self.cache.append(&key, &value)?;
        // Queries of one group stand below one another, so that its keys are used where they lie.
        let query = query.reshape((groups, heads / groups * count, head))?;
        let scores = (query.matmul(&keys.t()?)? / (head as f64).sqrt())?;
        let mixed = causal_softmax(&scores, count)?.matmul(&values)?;
        let joined = mixed.reshape((heads, count, head))?.transpose(0, 1)?.reshape((count, heads * head))?;
        joined.matmul(&self.output.t()?)
    }
}

/// Softmax over the positions up to each query's own. `scores` is (groups, queries × count, positions).
pub(crate) fn causal_softmax(scores: &Tensor, count: usize) -> Computed<Tensor> {
    if count == 1 {
        return softmax_last_dim(scores);
    }
    let (groups, rows, positions) = scores.dims3()?;
    let before = positions - count;
    let open = |row: usize, column: usize| if column <= before + row { 0.0 } else { f32::NEG_INFINITY };
    let mask = (0..count).flat_map(|row| (0..positions).map(move |column| open(row, column)));
    let mask = Tensor::from_iter(mask, &Device::Cpu)?.reshape((count, positions))?;
    let scores = scores.reshape((groups, rows / count, count, positions))?.broadcast_add(&mask)?;
    softmax_last_dim(&scores)?.reshape((groups, rows, positions))
}
