//! The weights: drawn layer by layer, and an output layer that follows the walk.

use std::collections::HashMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::ModelError;
use crate::config::{Config, Gpt2, Llama};
use crate::weights;

pub(super) struct Named {
    name: String,
    shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// What a layer adds to the stream of tokens, beside the token itself: enough to matter to what is
/// drawn, too little to outvote the walk.
const LAYERS_SHARE: f32 = 0.5;
const POSITIONS_SHARE: f32 = 0.1;
/// The successor's logit, near enough: with Ollama's defaults (`top_k` 40, temperature 0.8) it is drawn
/// about every second time, and at temperature 0 always.
const WALK_LOGIT: f32 = 4.0;

pub(super) fn draw(config: &Config, walk: &[u32], random: &mut ChaCha8Rng) -> Vec<Named> {
    let mut drawn = Drawn { tensors: Vec::new(), random };
    match config {
        Config::Llama(llama) => draw_llama(llama, walk, &mut drawn),
        Config::Gpt2(gpt2) => draw_gpt2(gpt2, walk, &mut drawn),
    }
    drawn.tensors
}

struct Drawn<'a> {
    tensors: Vec<Named>,
    random: &'a mut ChaCha8Rng,
}

impl Drawn<'_> {
    /// Evenly between plus and minus √3 times the standard deviation.
    fn random(&mut self, name: &str, shape: &[usize], deviation: f32) {
        let bound = 3.0_f32.sqrt() * deviation;
        let count = shape.iter().product();
        let values = (0..count).map(|_| bound * unit(self.random.next_u32())).collect();
        self.push(name, shape, values);
    }

    /// A matrix that keeps its input's scale, times `gain`; `inputs` is the length of what it sums over.
    fn matrix(&mut self, name: &str, shape: [usize; 2], inputs: usize, gain: f32) {
        self.random(name, &shape, gain / (inputs as f32).sqrt());
    }

    fn constant(&mut self, name: &str, size: usize, value: f32) {
        self.push(name, &[size], vec![value; size]);
    }

    fn push(&mut self, name: &str, shape: &[usize], values: Vec<f32>) {
        self.tensors.push(Named { name: name.to_owned(), shape: shape.to_vec(), values });
    }

    /// The row of each token on the walk is the direction of the one before it.
    fn head(&mut self, vocabulary: usize, width: usize, walk: &[u32]) {
        let embedding = &self.tensors[0].values;
        let scale = WALK_LOGIT / width as f32;
        let mut values = vec![0.0; vocabulary * width];
        let before = walk.iter().cycle().skip(walk.len() - 1);
        for (token, before) in walk.iter().zip(before) {
            let row = &mut values[*token as usize * width..][..width];
            let direction = &embedding[*before as usize * width..][..width];
            row.iter_mut().zip(direction).for_each(|(value, part)| *value = scale * part);
        }
        self.push("lm_head.weight", &[vocabulary, width], values);
    }
}

/// From -1 to 1 in steps of 2⁻²³, each of them exact.
fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 / (1 << 23) as f32 - 1.0
}

fn draw_llama(config: &Llama, walk: &[u32], drawn: &mut Drawn<'_>) {
    let (hidden, inner, head) = (config.hidden_size, config.intermediate_size, config.head());
    let (queries, keys) = (config.num_attention_heads * head, config.key_value_heads() * head);
    let share = LAYERS_SHARE / (config.num_hidden_layers as f32).sqrt();
    drawn.random("model.embed_tokens.weight", &[config.vocab_size, hidden], 1.0);
    for index in 0..config.num_hidden_layers {
        let name = |part: &str| format!("model.layers.{index}.{part}.weight");
        drawn.constant(&name("input_layernorm"), hidden, 1.0);
        drawn.constant(&name("post_attention_layernorm"), hidden, 1.0);
        drawn.matrix(&name("self_attn.q_proj"), [queries, hidden], hidden, 1.0);
        drawn.matrix(&name("self_attn.k_proj"), [keys, hidden], hidden, 1.0);
        drawn.matrix(&name("self_attn.v_proj"), [keys, hidden], hidden, 1.0);
        drawn.matrix(&name("self_attn.o_proj"), [hidden, queries], queries, share);
        drawn.matrix(&name("mlp.gate_proj"), [inner, hidden], hidden, 1.0);
        drawn.matrix(&name("mlp.up_proj"), [inner, hidden], hidden, 1.0);
        drawn.matrix(&name("mlp.down_proj"), [hidden, inner], inner, share);
    }
    drawn.constant("model.norm.weight", hidden, 1.0);
    drawn.head(config.vocab_size, hidden, walk);
}

fn draw_gpt2(config: &Gpt2, walk: &[u32], drawn: &mut Drawn<'_>) {
    let (width, inner) = (config.n_embd, config.inner());
    let share = LAYERS_SHARE / (config.n_layer as f32).sqrt();
    drawn.random("transformer.wte.weight", &[config.vocab_size, width], 1.0);
    drawn.random("transformer.wpe.weight", &[config.n_positions, width], POSITIONS_SHARE);
    for index in 0..config.n_layer {
        let name = |part: &str| format!("transformer.h.{index}.{part}");
        for norm in ["ln_1", "ln_2"] {
            drawn.constant(&name(&format!("{norm}.weight")), width, 1.0);
            drawn.constant(&name(&format!("{norm}.bias")), width, 0.0);
        }
        let parts = [
            ("attn.c_attn", width, 3 * width, 1.0),
            ("attn.c_proj", width, width, share),
            ("mlp.c_fc", width, inner, 1.0),
            ("mlp.c_proj", inner, width, share),
        ];
        for (part, inputs, outputs, gain) in parts {
            drawn.matrix(&name(&format!("{part}.weight")), [inputs, outputs], inputs, gain);
            drawn.constant(&name(&format!("{part}.bias")), outputs, 0.0);
        }
    }
    drawn.constant("transformer.ln_f.weight", width, 1.0);
    drawn.constant("transformer.ln_f.bias", width, 0.0);
    drawn.head(config.vocab_size, width, walk);
}

pub(super) fn serialize(tensors: &[Named]) -> Result<Vec<u8>, ModelError> {
    let wrong = |error: safetensors::SafeTensorError| ModelError::format(weights::FILE, error.to_string());
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|tensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        Ok((tensor.name.as_str(), TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map_err(wrong)?))
    });
    let views = views.collect::<Result<Vec<_>, ModelError>>()?;
    // One entry: the order of a map's entries is not fixed.
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(views, Some(format)).map_err(wrong)
}
