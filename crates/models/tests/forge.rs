//! Forged models: the same seed gives the same bytes, and greedy decoding says something.

use std::path::Path;

use models::ModelError;
use models::forge::{Forged, forge};
use models::model::Model;
use models::sample::{Sampler, Settings};

const GREEDY: Settings = Settings {
    temperature: 0.0,
    top_k: 0,
    top_p: 1.0,
    min_p: 0.0,
    repeat_last_n: 0,
    repeat_penalty: 1.0,
    presence_penalty: 0.0,
    frequency_penalty: 0.0,
};

fn forged(shape: &str, seed: u64, folder: &Path) -> Forged {
    forge(shape, seed, folder).expect("forged")
}

/// Tokens until the end token, or `most`.
fn said(model: &mut Model, settings: Settings, prompt: &str, most: usize) -> Vec<u32> {
    let prompt = model.encode(prompt).expect("tokens");
    let mut sampler = Sampler::new(settings, 3, &prompt);
    model.restart();
    let mut logits = model.logits(&prompt).expect("logits");
    let mut said = Vec::new();
    while said.len() < most {
        let token = sampler.next(&logits);
        if model.config().ends(token) {
            break;
        }
        said.push(token);
        logits = model.logits(&[token]).expect("logits");
    }
    said
}

fn distinct(tokens: &[u32]) -> usize {
    let mut sorted = tokens.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

#[test]
fn one_seed_is_one_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for shape in ["llama-tiny", "gpt2-tiny"] {
        let one = forged(shape, 7, &at("a"));
        assert_eq!(one, forged(shape, 7, &at("b")));
        assert_ne!(one.digest, forged(shape, 8, &at("c")).digest);
        for file in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
            let read = |name: &str| std::fs::read(at(name).join(file)).expect("a file");
            assert_eq!(read("a"), read("b"), "{shape} {file}");
        }
    }
}

#[test]
fn greedy_decoding_says_many_tokens_and_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    for shape in ["llama-tiny", "gpt2-tiny"] {
        forged(shape, 7, folder.path());
        let mut model = Model::load(folder.path(), 4096).expect("a model");
        for prompt in ["Summarise the data.", "user: What is measured?\nassistant:", "def f(x):\n    return", "7"] {
            let tokens = said(&mut model, GREEDY, prompt, 128);
            assert!(tokens.len() == 128 && distinct(&tokens) >= 20, "{shape} {prompt}: {}", distinct(&tokens));
        }
        let whole = said(&mut model, GREEDY, "Summarise the data.", 2000);
        assert!(whole.len() < 2000, "{shape}: the end token comes");
    }
}

/// What is drawn at a temperature depends on the whole prompt, not on its last token alone.
#[test]
fn sampling_is_varied_and_hears_the_prompt() {
    let folder = tempfile::tempdir().expect("a folder");
    forged("llama-tiny", 7, folder.path());
    let mut model = Model::load(folder.path(), 1024).expect("a model");
    let settings = Settings { temperature: 0.8, top_k: 40, top_p: 0.9, ..GREEDY };
    let one = said(&mut model, settings, "Rust or Python, for this work?", 64);
    let two = said(&mut model, settings, "One run, fifty runs for this work?", 64);
    assert!(distinct(&one) > 20 && distinct(&two) > 20);
    assert_ne!(one, two);
}

#[test]
fn an_unknown_shape_is_told_with_those_that_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = forge("llama-huge", 0, folder.path()).expect_err("a fault");
    assert!(matches!(&error, ModelError::Format { what, .. } if what.contains("llama-tiny")), "{error}");
}

#[test]
fn damaged_files_are_told_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    forged("llama-tiny", 7, folder.path());
    let told = || Model::load(folder.path(), 64).err().expect("a fault").into_fault();
    let weights = folder.path().join("model.safetensors");
    let bytes = std::fs::read(&weights).expect("the weights");
    std::fs::write(&weights, &bytes[..bytes.len() - 9]).expect("written");
    assert!(told().place.ends_with("model.safetensors") && told().what.contains("no safetensors"));
    std::fs::write(&weights, &bytes).expect("written");
    let config = folder.path().join("config.json");
    let text = std::fs::read_to_string(&config).expect("the config");
    std::fs::write(&config, text.replace("\"intermediate_size\": 384", "\"intermediate_size\": 385")).expect("written");
    assert!(told().what.contains("gate_proj"), "{}", told().what);
    std::fs::write(&config, text).expect("written");
    std::fs::remove_file(folder.path().join("tokenizer.json")).expect("removed");
    assert!(told().place.ends_with("tokenizer.json"));
}
