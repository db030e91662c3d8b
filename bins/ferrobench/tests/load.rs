//! `ferrobench load` and `tape` as processes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::Value;

fn ferrobench() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("ferrobench"))
}

/// Answers every request on every connection with three tokens; those whose number ends in 3 with 500.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
                let mut stream = stream;
                while let Some(body) = request(&mut reader) {
                    let answer = if body.contains("\"prompt\":\"3") { BAD.to_owned() } else { good() };
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

const BAD: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}";

fn good() -> String {
    let token = "{\"response\":\"a \",\"done\":false}\n";
    let body = format!("{}{{\"response\":\"\",\"done\":true,\"eval_count\":3}}\n", token.repeat(3));
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn request(reader: &mut impl BufRead) -> Option<String> {
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let head = line.to_ascii_lowercase();
        if let Some(value) = head.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            return String::from_utf8(body).ok();
        }
    }
}

fn results(folder: &Path) -> (Value, Vec<Value>) {
    let document = std::fs::read(folder.join("load.json")).expect("load.json");
    let lines = std::fs::read_to_string(folder.join("requests.jsonl")).expect("requests.jsonl");
    let lines = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (serde_json::from_slice(&document).expect("JSON"), lines)
}

#[test]
fn a_sweep_of_both_loops_counts_every_request_and_names_what_failed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = server();
    for (flag, values) in [("--concurrency", "1,4"), ("--rate", "200,400")] {
        let mut command = ferrobench();
        command.args(["load", "--model", "m", "--base-url", &url, "--requests", "20", flag, values]);
        command.args(["--slo-ttft-ms", "60000", "--output-dir"]).arg(folder.path());
        let output = command.output().expect("started");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let (document, requests) = results(folder.path());
        assert_eq!(requests.len(), 40);
        for stage in document["stages"].as_array().expect("stages") {
            assert_eq!((&stage["requests"], &stage["failed"]), (&20.into(), &1.into()), "{stage}");
            assert_eq!((&stage["tokens"], &stage["server_tokens"]), (&57.into(), &57.into()));
            assert_eq!(stage["good_share"], 0.95);
            let ids: Vec<&str> =
                stage["measures"].as_array().expect("measures").iter().filter_map(|one| one["id"].as_str()).collect();
            assert_eq!(ids.contains(&"ttft_due_ms"), flag == "--rate", "{ids:?}");
        }
        let failed: Vec<&Value> = requests.iter().filter(|request| !request["failure"].is_null()).collect();
        assert_eq!(failed.len(), 2);
        assert!(failed.iter().all(|one| one["number"] == 3), "{failed:?}");
        for request in &requests {
            assert!(request["due_ns"].as_u64() <= request["sent_ns"].as_u64(), "{request}");
        }
    }
}

#[test]
fn wrong_flags_are_told() {
    for (flags, said) in [
        (vec!["--concurrency", "1", "--rate", "1"], "cannot be used with"),
        (vec!["--rate", "0"], "no number above 0"),
        (vec!["--concurrency", "1", "--base-url", "https://me:secret@host"], "--base-url"),
    ] {
        let output = ferrobench().args(["load", "--model", "m"]).args(&flags).output().expect("started");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(said) && !told.contains("secret"), "{told}");
    }
}

/// Of a program that prints where it listens and ends with its stdin.
fn started(command: &mut Command) -> (Child, BufReader<std::process::ChildStdout>, Value) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a ready line");
    (child, out, serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
}

fn last_words(mut child: Child, out: BufReader<std::process::ChildStdout>) -> (Option<i32>, Value) {
    drop(child.stdin.take());
    let line = out.lines().next().expect("a last line").expect("text");
    (child.wait().expect("ended").code(), serde_json::from_str(&line).expect("JSON"))
}

fn load(url: &Value, requests: &str, folder: &Path) -> bool {
    let url = url.as_str().expect("a url");
    let mut command = ferrobench();
    command.args(["load", "--model", "m", "--base-url", url, "--requests", requests, "--concurrency", "2"]);
    command.args(["--warmup", "0", "--output-dir"]).arg(folder).output().expect("started").status.success()
}

#[test]
fn what_was_recorded_is_played_and_what_was_not_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tape = folder.path().join("a.tape");
    let (child, out, ready) =
        started(ferrobench().args(["tape", "record", "--end-with-stdin", "--backend", &server(), "--out"]).arg(&tape));
    assert!(load(&ready["url"], "3", folder.path()));
    let (code, told) = last_words(child, out);
    assert_eq!((code, &told["exchanges"], &told["broken"]), (Some(0), &3.into(), &0.into()));
    let play = || started(ferrobench().args(["tape", "replay", "--end-with-stdin"]).arg(&tape));
    let (child, out, ready) = play();
    assert!(load(&ready["url"], "3", folder.path()));
    let (code, told) = last_words(child, out);
    assert_eq!((code, &told["requests"], &told["unknown"]), (Some(0), &3.into(), &0.into()));
    let (child, out, ready) = play();
    assert!(!load(&ready["url"], "4", folder.path()), "the fourth is not on the tape");
    let (code, told) = last_words(child, out);
    assert_eq!((code, &told["requests"], &told["unknown"]), (Some(1), &4.into(), &1.into()));
    let mut text = std::fs::read(&tape).expect("the tape");
    text[40] ^= 1;
    std::fs::write(&tape, text).expect("written");
    let output = ferrobench().args(["tape", "replay"]).arg(&tape).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the tape was changed"));
}

#[test]
#[ignore = "scripts/test --all has it: llm-server takes minutes to build"]
fn a_thousand_streams_at_once_lose_no_token() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--locked", "--profile", "tools", "--package", "llm-server"]);
    assert!(cargo.status().expect("cargo").success());
    let program = assert_cmd::cargo::cargo_bin!("ferrobench").with_file_name("llm-server");
    let script = ["--tokens", "32", "--first-token-ms", "3000", "--gap-ms", "20", "--spin-us", "0", "--end-with-stdin"];
    let (mut child, _out, ready) = started(Command::new(program).args(script));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = ferrobench();
    command.args(["load", "--model", "scripted", "--base-url", ready["url"].as_str().expect("a url")]);
    command.args(["--requests", "1000", "--concurrency", "1000", "--output-dir"]).arg(folder.path());
    let output = command.output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (document, requests) = results(folder.path());
    let stage = &document["stages"][0];
    assert_eq!((&stage["tokens"], &stage["server_tokens"]), (&32_000.into(), &32_000.into()));
    assert_eq!(stage["in_flight_peak"], 1000);
    for request in requests {
        assert_eq!(request["token_ns"].as_array().map(Vec::len), Some(32), "{}", request["number"]);
    }
    child.kill().expect("still there");
    child.wait().expect("ended");
}
