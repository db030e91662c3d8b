//! The server with models that it forged itself.

use std::path::Path;

use serde_json::{Value, json};

use crate::server::{Server, program, said};

pub(crate) fn forge(shape: &str, seed: u64, folder: &Path) -> Value {
    let seed = seed.to_string();
    let output =
        program().args(["forge", "--shape", shape, "--seed", &seed, "--out"]).arg(folder).output().expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a line of JSON")
}

/// A server with one forged model, `tiny`.
pub(crate) fn with_model(shape: &str, more: &[&str]) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    forge(shape, 7, &folder.path().join("tiny"));
    let model = folder.path().join("tiny").to_str().expect("a path").to_owned();
    Server::start_in(folder, &[&["--model", &model], more].concat())
}

#[allow(clippy::needless_pass_by_value, reason = "callers hand over what they wrote in place")]
fn ask(server: &Server, body: Value) -> Value {
    let mut request = json!({ "model": "tiny", "stream": false, "prompt": "What is measured?" });
    request.as_object_mut().expect("an object").extend(body.as_object().expect("an object").clone());
    let reply = server.post("/api/generate", &request);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

const GREEDY: &str = r#"{"temperature": 0, "repeat_penalty": 1.0, "num_predict": 128}"#;

fn greedy() -> Value {
    serde_json::from_str(GREEDY).expect("JSON")
}

#[test]
fn both_shapes_answer_and_tell_about_themselves() {
    for (shape, family) in [("llama-tiny", "llama"), ("gpt2-tiny", "gpt2")] {
        let server = with_model(shape, &[]);
        assert_eq!(server.ready["model"], "tiny:latest");
        let answer = ask(&server, json!({ "options": greedy() }));
        assert_eq!((&answer["eval_count"], &answer["done_reason"]), (&json!(128), &json!("length")));
        assert!(answer["response"].as_str().is_some_and(|text| text.split_whitespace().count() > 20), "{answer}");
        for duration in ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] {
            assert!(answer[duration].as_u64() > Some(0), "{duration}");
        }
        let parts = ["load_duration", "prompt_eval_duration", "eval_duration"].map(|part| answer[part].as_u64());
        assert!(parts.into_iter().flatten().sum::<u64>() <= answer["total_duration"].as_u64().expect("a number"));
        let shown = server.post("/api/show", &json!({ "model": "tiny" })).json();
        assert_eq!(shown["details"]["family"], family);
        assert!(shown["model_info"]["general.parameter_count"].as_u64() > Some(500_000));
    }
}

/// The same tokens for the same seed, however many threads compute them, streamed or not.
#[test]
fn a_seed_is_an_answer() {
    let options = |seed: u64| json!({ "options": { "seed": seed, "temperature": 0.8, "num_predict": 80 } });
    let answers: Vec<[Value; 3]> = ["1", "2", "3"]
        .map(|threads| {
            let server = with_model("llama-tiny", &["--threads", threads]);
            [options(5), options(5), options(6)].map(|body| ask(&server, body)["context"].clone())
        })
        .to_vec();
    assert_eq!(answers[0][0], answers[0][1]);
    assert_ne!(answers[0][0], answers[0][2]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn a_stream_says_what_the_whole_says() {
    let server = with_model("llama-tiny", &[]);
    let whole = ask(&server, json!({ "options": greedy() }));
    let body = json!({ "model": "tiny", "prompt": "What is measured?", "options": greedy() });
    let lines = server.post("/api/generate", &body).lines();
    assert_eq!(said(&lines), whole["response"].as_str().expect("a text"));
    assert_eq!(lines.last().map(|line| &line["context"]), Some(&whole["context"]));
    let seconds = ask(&server, json!({ "prompt": "\n", "context": whole["context"], "options": greedy() }));
    let before = whole["context"].as_array().map(Vec::len).expect("tokens");
    assert!(seconds["prompt_eval_count"].as_u64() > Some(before as u64));
}

#[test]
fn stop_texts_and_contexts_bound_an_answer() {
    let server = with_model("llama-tiny", &[]);
    let text = ask(&server, json!({ "options": greedy() }))["response"].as_str().expect("a text").to_owned();
    let word = text.split_whitespace().nth(8).expect("words");
    let mut options = greedy();
    options["stop"] = json!([word]);
    let stopped = ask(&server, json!({ "options": options }));
    assert_eq!(stopped["response"].as_str(), text.split(word).next());
    assert_eq!(stopped["done_reason"], "stop");
    let long = "It is measured. ".repeat(100);
    let small = ask(&server, json!({ "prompt": long, "options": { "num_ctx": 64, "temperature": 0 } }));
    assert_eq!((&small["prompt_eval_count"], &small["eval_count"]), (&json!(63), &json!(1)));
    assert_eq!(small["done_reason"], "length");
}

/// An unloaded model is read from its files again; a kept one is not.
#[test]
fn unloading_is_real() {
    let server = with_model("llama-tiny", &[]);
    let load = |body| ask(&server, body)["load_duration"].as_u64().unwrap_or(0);
    let few = json!({ "options": { "num_predict": 1 } });
    load(few.clone());
    let kept = load(few.clone());
    assert_eq!(server.get("/api/ps")["models"][0]["name"], "tiny:latest");
    let unloaded = server.post("/api/generate", &json!({ "model": "tiny", "keep_alive": 0 })).json();
    assert_eq!(unloaded["done_reason"], "unload");
    assert_eq!(server.get("/api/ps")["models"], json!([]));
    std::fs::rename(server.folder.path().join("tiny"), server.folder.path().join("gone")).expect("moved");
    let gone = server.post("/api/generate", &json!({ "model": "tiny", "prompt": "a" }));
    assert_eq!(gone.status, 500);
    assert!(gone.error().contains("cannot read"), "{}", gone.error());
    std::fs::rename(server.folder.path().join("gone"), server.folder.path().join("tiny")).expect("moved");
    assert!(load(few) > kept);
}

#[test]
fn several_models_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let models = ["llama-tiny", "gpt2-tiny"].map(|shape| {
        forge(shape, 1, &folder.path().join(shape));
        format!("{shape}:7b={}", folder.path().join(shape).display())
    });
    let server = Server::start_in(folder, &["--model", &models[0], "--model", &models[1]]);
    let names: Vec<Value> =
        server.get("/v1/models")["data"].as_array().expect("models").iter().map(|m| m["id"].clone()).collect();
    assert_eq!(names, ["llama-tiny:7b", "gpt2-tiny:7b"]);
    for name in ["llama-tiny:7b", "gpt2-tiny:7b"] {
        let answer = ask(&server, json!({ "model": name, "options": { "num_predict": 3 } }));
        assert_eq!((&answer["model"], &answer["eval_count"]), (&json!(name), &json!(3)));
    }
    assert_eq!(server.get("/api/ps")["models"].as_array().map(Vec::len), Some(2));
}
