//! The GPT-2 shape: layer norms with biases, learnt positions, a GELU feed-forward layer.

use candle_core::Tensor;
use candle_nn::kv_cache::KvCache;
use candle_nn::ops::layer_norm;

use crate::ModelError;
use crate::config::Gpt2 as Config;
use crate::llama::causal_softmax;
use crate::weights::Weights;

type Computed<T> = candle_core::Result<T>;

pub(crate) struct Gpt2 {
    tokens: Tensor,
    positions: Tensor,
    layers: Vec<Layer>,
    norm: Affine,
    head: Tensor,
    config: Config,
}

/// `x · weight + bias`, the weight lying as the hub's GPT-2 has it: inputs by outputs.
struct Affine {
    weight: Tensor,
    bias: Tensor,
}

struct Layer {
    attention_norm: Affine,
    attention: Affine,
    output: Affine,
    feed_norm: Affine,
    inner: Affine,
    outer: Affine,
    cache: KvCache,
}

impl Affine {
    fn apply(&self, x: &Tensor) -> Computed<Tensor> {
        x.matmul(&self.weight)?.broadcast_add(&self.bias)
    }

    fn norm(&self, x: &Tensor, epsilon: f64) -> Computed<Tensor> {
        layer_norm(x, &self.weight, &self.bias, epsilon as f32)
    }
}

impl Gpt2 {
    pub(crate) fn load(config: &Config, weights: &mut Weights, context: usize) -> Result<Self, ModelError> {
        let (width, vocabulary) = (config.n_embd, config.vocab_size);
        let tokens = weights.take("transformer.wte.weight", (vocabulary, width))?;
        let positions = weights.take("transformer.wpe.weight", (config.n_positions, width))?;
        let layers = (0..config.n_layer)
            .map(|index| Layer::load(config, weights, index, context))
            .collect::<Result<Vec<_>, _>>()?;
        let norm = norm(weights, "transformer.ln_f", width)?;
        let head = if config.tie_word_embeddings {
            tokens.clone()
        } else {
            weights.take("lm_head.weight", (vocabulary, width))?
        };
        Ok(Self { tokens, positions, layers, norm, head, config: config.clone() })
    }

    /// The logits after the last of `tokens`, which stand at `position` and after.
    pub(crate) fn forward(&mut self, tokens: &Tensor, position: usize) -> Computed<Tensor> {
        let count = tokens.dim(0)?;
        let mut x = (self.tokens.index_select(tokens, 0)? + self.positions.narrow(0, position, count)?)?;
        for layer in &mut self.layers {
            x = layer.forward(&self.config, &x)?;
        }
        let last = self.norm.norm(&x.narrow(0, count - 1, 1)?, self.config.layer_norm_epsilon)?;
        last.matmul(&self.head.t()?)?.squeeze(0)
    }

    pub(crate) fn restart(&mut self) {
        self.layers.iter_mut().for_each(|layer| layer.cache.reset());
    }
}

fn norm(weights: &mut Weights, name: &str, width: usize) -> Result<Affine, ModelError> {
    let weight = weights.take(&format!("{name}.weight"), width)?;
    Ok(Affine { weight, bias: weights.take(&format!("{name}.bias"), width)? })
}

impl Layer {
    fn load(config: &Config, weights: &mut Weights, index: usize, context: usize) -> Result<Self, ModelError> {
        let (width, inner) = (config.n_embd, config.inner());
        let place = format!("transformer.h.{index}");
        let mut affine = |name: &str, inputs: usize, outputs: usize| {
            let weight = weights.take(&format!("{place}.{name}.weight"), (inputs, outputs))?;
            let bias = weights.take(&format!("{place}.{name}.bias"), outputs)?;
            Ok::<_, ModelError>(Affine { weight, bias })
        };
        let attention = affine("attn.c_attn", width, 3 * width)?;
        let output = affine("attn.c_proj", width, width)?;
        let first = affine("mlp.c_fc", width, inner)?;
        let outer = affine("mlp.c_proj", inner, width)?;
        let attention_norm = norm(weights, &format!("{place}.ln_1"), width)?;
        let feed_norm = norm(weights, &format!("{place}.ln_2"), width)?;
        let cache = KvCache::new(1, context);
        Ok(Self { attention_norm, attention, output, feed_norm, inner: first, outer, cache })
    }

    fn forward(&mut self, config: &Config, x: &Tensor) -> Computed<Tensor> {
        let epsilon = config.layer_norm_epsilon;
        let attended = self.attend(config, &self.attention_norm.norm(x, epsilon)?)?;
        let x = (x + attended)?;
        let inner = self.inner.apply(&self.feed_norm.norm(&x, epsilon)?)?.gelu()?;
        &x + self.outer.apply(&inner)?
    }

    fn attend(&mut self, config: &Config, x: &Tensor) -> Computed<Tensor> {
        let (count, width) = x.dims2()?;
        let (heads, head) = (config.n_head, width / config.n_head);
        let projected = self.attention.apply(x)?;
        let part = |index: usize| {
            let part = projected.narrow(1, index * width, width)?;
            part.reshape((count, heads, head))?.transpose(0, 1)?.contiguous()
        };
        let (keys, values) = self.cache.append(&part(1)?, &part(2)?)?;
        let scores = (part(0)?.matmul(&keys.t()?)? / (head as f64).sqrt())?;
        let mixed = causal_softmax(&scores, count)?.matmul(&values)?;
        self.output.apply(&mixed.transpose(0, 1)?.reshape((count, width))?)
    }
}
