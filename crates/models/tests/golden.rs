//! The two shapes and their tokenizers against transformers; made by
//! `scripts/reference/language_models_golden.py`.

use std::path::{Path, PathBuf};

use models::model::Model;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Case {
    prompt: Vec<u32>,
    logits: Vec<f32>,
    greedy: Vec<u32>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    tokens: Vec<u32>,
}

fn load(name: &str) -> (Model, Golden) {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let golden = std::fs::read(folder.join("golden.json")).expect("the golden file");
    (Model::load(&folder, 128).expect("a model"), serde_json::from_slice(&golden).expect("the golden form"))
}

fn largest(logits: &[f32]) -> u32 {
    (0..).zip(logits).max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(token, _)| token)
}

fn agrees(name: &str) {
    let (mut model, golden) = load(name);
    for case in &golden.cases {
        model.restart();
        let mut logits = model.logits(&case.prompt).expect("logits");
        let scale = case.logits.iter().fold(0.0_f32, |scale, logit| scale.max(logit.abs()));
        for (token, (found, due)) in logits.iter().zip(&case.logits).enumerate() {
            assert!((found - due).abs() <= 2e-5 * scale, "{name} {:?} {token}: {found} {due}", case.prompt);
        }
        let mut said = Vec::new();
        for _ in &case.greedy {
            said.push(largest(&logits));
            logits = model.logits(&said[said.len() - 1..]).expect("logits");
        }
        assert_eq!(said, case.greedy, "{name} {:?}", case.prompt);
    }
    for Text { text, tokens } in &golden.texts {
        assert_eq!(&model.encode(text).expect("tokens"), tokens, "{text}");
    }
}

#[test]
fn the_llama_shape_computes_what_transformers_computes() {
    agrees("llama");
}

#[test]
fn the_gpt2_shape_computes_what_transformers_computes() {
    agrees("gpt2");
}

/// However a prompt is cut into calls, the logits after it are those of the whole.
#[test]
fn the_cache_continues_where_the_last_call_ended() {
    for name in ["llama", "gpt2"] {
        let (mut model, golden) = load(name);
        let case = &golden.cases[2];
        for cut in [1, 7, 59] {
            model.restart();
            model.logits(&case.prompt[..cut]).expect("logits");
            let logits = model.logits(&case.prompt[cut..]).expect("logits");
            let scale = case.logits.iter().fold(0.0_f32, |scale, logit| scale.max(logit.abs()));
            assert!(logits.iter().zip(&case.logits).all(|(a, b)| (a - b).abs() <= 2e-5 * scale), "{name} {cut}");
        }
    }
}

#[test]
fn a_full_context_and_a_strange_token_are_faults() {
    let (mut model, _) = load("llama");
    assert!(model.logits(&[300]).is_err());
    assert!(model.logits(&[1; 129]).is_err());
    assert!(model.logits(&[1; 128]).is_ok());
    assert!(model.logits(&[1]).is_err());
}
