//! The interfaces, on answers that are set.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::server::{Server, program, request, said};

fn three() -> Server {
    Server::scripted(&json!({ "answers": [{ "tokens": ["one ", "two ", "three"] }] }))
}

#[test]
fn what_there_is() {
    let server = three();
    assert_eq!(server.ready["model"], "scripted:latest");
    assert_eq!(server.ready["pid"], server.child.id());
    assert_eq!(server.ask("GET", "/", &[], b"").text(), "Ollama is running");
    assert_eq!(server.get("/health"), json!({ "status": "ok" }));
    assert!(server.get("/api/version")["version"].is_string());
    assert_eq!(server.get("/api/tags")["models"][0]["name"], "scripted:latest");
    assert_eq!(server.get("/v1/models")["data"][0]["id"], "scripted:latest");
    assert_eq!(server.get("/v1/models/scripted")["id"], "scripted:latest");
    let show = server.post("/api/show", &json!({ "model": "scripted" }));
    assert_eq!(show.json()["capabilities"], json!(["completion"]));
    assert_eq!(server.ask("GET", "/nowhere", &[], b"").status, 404);
    assert_eq!(server.ask("GET", "/api/generate", &[], b"").status, 404);
}

#[test]
fn a_stream_of_generate() {
    let server = three();
    let reply = server.post("/api/generate", &json!({ "model": "scripted", "prompt": "a b c" }));
    assert!(reply.head.contains("content-type: application/x-ndjson") && reply.whole);
    assert!(reply.head.contains("x-request-number: 0"));
    let lines = reply.lines();
    assert_eq!((said(&lines).as_str(), lines.len()), ("one two three", 4));
    assert!(lines[..3].iter().all(|line| line["done"] == false && line["model"] == "scripted"));
    let last = &lines[3];
    assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")));
    assert_eq!((&last["prompt_eval_count"], &last["eval_count"]), (&json!(3), &json!(3)));
    assert!(last["total_duration"].as_u64() > Some(0));
    let keys: Vec<&str> =
        reply.body.split(|byte| *byte == b'"').filter_map(|key| std::str::from_utf8(key).ok()).collect();
    assert_eq!(keys[1], "model", "in the order of Ollama's fields");
}

#[test]
fn the_same_in_every_form() {
    let server = three();
    let messages = json!([{ "role": "user", "content": "a b" }]);
    let whole = server.post("/api/generate", &json!({ "model": "scripted:latest", "prompt": "a", "stream": false }));
    assert_eq!((whole.json()["response"].as_str(), whole.whole), (Some("one two three"), true));
    let chat = server.post("/api/chat", &json!({ "model": "scripted", "messages": messages }));
    let text: String = chat.lines().iter().map(|line| line["message"]["content"].as_str().expect("text")).collect();
    assert_eq!(text, "one two three");
    let whole = server.post("/api/chat", &json!({ "model": "scripted", "messages": messages, "stream": false }));
    assert_eq!(whole.json()["message"], json!({ "role": "assistant", "content": "one two three" }));
    let openai = server.post("/v1/chat/completions", &json!({ "model": "scripted", "messages": messages })).json();
    assert_eq!(openai["choices"][0]["message"]["content"], "one two three");
    assert_eq!(openai["usage"], json!({ "prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5 }));
    let text = server.post("/v1/completions", &json!({ "model": "scripted", "prompt": "a" })).json();
    assert_eq!(text["choices"][0]["text"], "one two three");
}

#[test]
fn server_sent_events_with_usage() {
    let server = three();
    let body = json!({
        "model": "scripted", "stream": true, "stream_options": { "include_usage": true },
        "messages": [{ "role": "user", "content": [{ "type": "text", "text": "a b" }] }],
    });
    let reply = server.post("/v1/chat/completions", &body);
    assert!(reply.head.contains("content-type: text/event-stream"));
    let text = reply.text();
    let mut events: Vec<&str> = text.trim_end().split("\n\n").collect();
    assert_eq!(events.pop(), Some("data: [DONE]"));
    let events: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event.strip_prefix("data: ").expect("data")).expect("JSON"))
        .collect();
    assert_eq!(events[0]["choices"][0]["delta"], json!({ "role": "assistant", "content": "one " }));
    assert_eq!(events[3]["choices"][0]["finish_reason"], "stop");
    assert_eq!((&events[4]["choices"], &events[4]["usage"]["completion_tokens"]), (&json!([]), &json!(3)));
}

#[test]
fn options_bound_what_is_said() {
    let server = three();
    let cut = json!({ "model": "scripted", "prompt": "a", "stream": false, "options": { "num_predict": 2 } });
    let reply = server.post("/api/generate", &cut).json();
    assert_eq!((&reply["response"], &reply["done_reason"]), (&json!("one two "), &json!("length")));
    let body = json!({ "model": "scripted", "max_tokens": 1, "messages": [{ "role": "user", "content": "a" }] });
    assert_eq!(server.post("/v1/chat/completions", &body).json()["choices"][0]["finish_reason"], "length");
}

#[test]
fn what_is_wrong_is_told_in_the_words_of_the_interface() {
    let server = three();
    let error = |path: &str, body: &Value| {
        let reply = server.post(path, body);
        (reply.status, reply.json()["error"].clone())
    };
    assert_eq!(
        error("/api/generate", &json!({ "model": "none", "prompt": "a" })),
        (404, json!("model 'none' not found"))
    );
    assert_eq!(
        error("/api/chat", &json!({ "model": "none", "messages": [{ "role": "user", "content": "a" }] })),
        (404, json!("model \"none\" not found, try pulling it first"))
    );
    let (status, body) =
        error("/v1/chat/completions", &json!({ "model": "none", "messages": [{ "role": "user", "content": "a" }] }));
    assert_eq!((status, &body["type"]), (404, &json!("not_found_error")));
    let (status, body) =
        error("/api/generate", &json!({ "model": "scripted", "prompt": "a", "options": { "top_k": "x" } }));
    assert_eq!((status, body), (400, json!("option \"top_k\" must be of type integer")));
    let (status, body) = error("/api/generate", &json!({ "model": "scripted", "prompt": "a", "format": "json" }));
    assert_eq!((status, body), (400, json!("`format` is not supported by this server")));
    assert_eq!(server.ask("POST", "/api/generate", &[], b"").error(), "missing request body");
    assert_eq!(server.ask("POST", "/api/chat", &[], b"{\"model\"").status, 400);
}

#[test]
fn strangers_and_giants_are_turned_away() {
    let server = Server::start(&["--tokens", "1", "--body-bytes-max", "100", "--allow-host", "box.test"]);
    let status = |headers: &[(&str, &str)]| server.ask("GET", "/api/tags", headers, b"").status;
    assert_eq!(status(&[("host", "127.0.0.1:1")]), 200);
    assert_eq!(status(&[("host", "box.test")]), 200);
    assert_eq!(status(&[("host", "evil.example")]), 403);
    assert_eq!(status(&[("host", "localhost"), ("origin", "https://evil.example")]), 403);
    let big = json!({ "model": "scripted", "prompt": "a".repeat(200) });
    assert_eq!(server.post("/api/generate", &big).status, 413);
}

#[test]
fn one_connection_too_many_is_told() {
    let server = Server::start(&["--tokens", "1", "--connections-max", "1"]);
    let mut first = server.connect();
    first.write_all(&request("GET", "/health", &[], b"")[..20]).expect("half a request");
    assert_eq!(server.ask("GET", "/health", &[], b"").status, 503);
    drop(first);
}

#[test]
fn a_model_is_loaded_kept_and_let_go() {
    let server = Server::start(&["--tokens", "2", "--load-ms", "30"]);
    let ask = |body: Value| server.post("/api/generate", &body).json();
    let resident = || server.get("/api/ps")["models"].as_array().map(Vec::len);
    assert_eq!(resident(), Some(0));
    assert_eq!(ask(json!({ "model": "scripted" }))["done_reason"], "load");
    assert_eq!(resident(), Some(1));
    let kept = ask(json!({ "model": "scripted", "prompt": "a", "stream": false }));
    assert!(kept["load_duration"].as_u64() < Some(30_000_000), "{kept}");
    assert_eq!(ask(json!({ "model": "scripted", "keep_alive": 0 }))["done_reason"], "unload");
    assert_eq!(resident(), Some(0));
    let anew = ask(json!({ "model": "scripted", "prompt": "a", "stream": false, "keep_alive": "0s" }));
    assert!(anew["load_duration"].as_u64() >= Some(30_000_000), "{anew}");
    assert_eq!(resident(), Some(0));
}

/// No token is written before its time, and the log's clock is the client's.
#[test]
fn the_log_of_writes_holds_each_tokens_time() {
    let server = Server::start(&["--tokens", "20", "--first-token-ms", "4", "--gap-ms", "0.4"]);
    let body = json!({ "model": "scripted", "prompt": "a" });
    server.post("/api/generate", &body);
    server.post("/api/generate", &body);
    for (number, line) in server.log(2).iter().enumerate() {
        assert_eq!((&line["request"], &line["ended"]), (&json!(number), &json!("whole")));
        let tokens: Vec<u64> = serde_json::from_value(line["tokens_ns"].clone()).expect("times");
        let received = line["received_ns"].as_u64().expect("a time");
        assert_eq!(tokens.len(), 20);
        for (index, written) in tokens.iter().enumerate() {
            assert!(*written >= received + 4_000_000 + 400_000 * index as u64, "{index}");
        }
        assert!(line["ended_ns"].as_u64() >= tokens.last().copied());
    }
}

#[test]
fn a_client_that_vanishes_ends_its_generation() {
    let server = Server::start(&["--tokens", "100000", "--gap-ms", "2"]);
    let mut stream = server.connect();
    let body = json!({ "model": "scripted", "prompt": "a" }).to_string();
    stream.write_all(&request("POST", "/api/generate", &[], body.as_bytes())).expect("sent");
    stream.read_exact(&mut [0; 300]).expect("some of it");
    drop(stream);
    let log = server.log(1);
    assert_eq!(log[0]["ended"], "abandoned");
    assert!(log[0]["tokens_ns"].as_array().map(Vec::len) < Some(100_000));
}

#[test]
fn it_ends_cleanly_with_its_signal_or_its_parent() {
    let mut server = Server::start(&["--tokens", "1"]);
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().expect("kill").success());
    assert_eq!(server.child.wait().expect("ended").code(), Some(0));
    let mut server = Server::start(&["--tokens", "1", "--end-with-stdin"]);
    drop(server.child.stdin.take());
    assert_eq!(server.child.wait().expect("ended").code(), Some(0));
}

#[test]
fn a_bad_command_line_or_script_is_told_and_exits_with_2() {
    let run = |arguments: &[&str]| {
        let output = program().args(arguments).stdin(Stdio::null()).output().expect("run");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = run(&[]);
    assert_eq!(
        (code, text.as_str()),
        (Some(2), "error: nothing to serve\nhint: give --model DIR, --script FILE or --tokens N\n")
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("script.json");
    std::fs::write(&path, r#"{"answers": [{"gap_ms": -1}]}"#).expect("written");
    let (code, text) = run(&["--script", path.to_str().expect("a path")]);
    assert!(code == Some(2) && text.contains("script.json: answers[0]: gap_ms: -1"), "{text}");
    let (code, text) = run(&["--model", "/nowhere"]);
    assert!(code == Some(2) && text.starts_with("error: /nowhere: cannot open"), "{text}");
}
