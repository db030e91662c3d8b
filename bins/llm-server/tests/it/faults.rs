//! Each fault of a script, as it arrives.

use std::io::Read;
use std::net::TcpStream;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::server::{Reply, Server, said};

fn answer(fault: Value) -> Reply {
    Server::with_fault(fault).post("/api/generate", &json!({ "model": "scripted", "prompt": "a" }))
}

#[test]
fn instead_of_an_answer() {
    let busy = answer(json!({ "kind": "status", "status": 503, "retry_after_s": 7 }));
    assert!(busy.status == 503 && busy.head.contains("retry-after: 7"));
    let broken = answer(json!({ "kind": "status", "status": 500, "message": "model runner has unexpectedly stopped" }));
    assert_eq!((broken.status, broken.error().as_str()), (500, "model runner has unexpectedly stopped"));
    let moved = answer(json!({ "kind": "redirect", "location": "http://169.254.169.254/" }));
    assert!(moved.status == 307 && moved.head.contains("location: http://169.254.169.254/"));
}

#[test]
fn the_connection_ends_inside_the_answer() {
    let cut = answer(json!({ "kind": "cut", "after": 1 }));
    assert!(!cut.whole && cut.text().starts_with("{\"model\"") && cut.text().lines().count() == 2, "{}", cut.text());
    assert!(cut.text().contains("one ") && !cut.text().contains("three"));
    let half = answer(json!({ "kind": "half_character", "after": 0 }));
    assert!(!half.whole && std::str::from_utf8(&half.body).is_err() && half.body.ends_with(&[0xc3]));
    let reset = answer(json!({ "kind": "reset", "after": 1 }));
    assert!(!reset.whole && reset.status == 200);
}

#[test]
fn the_stream_itself_is_wrong() {
    let malformed = answer(json!({ "kind": "malformed", "after": 1 }));
    let wrong = malformed.text().lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).count();
    assert_eq!((wrong, malformed.text().lines().count(), malformed.whole), (1, 5, true));
    let error = answer(json!({ "kind": "error", "after": 2, "message": "out of memory" })).lines();
    assert_eq!((error.len(), &error[2]), (3, &json!({ "error": "out of memory" })));
    let endless = answer(json!({ "kind": "endless_line", "after": 0, "bytes": 3_000_000 }));
    assert_eq!((endless.body.len(), endless.body.contains(&b'\n')), (3_000_000, false));
    let no_final = answer(json!({ "kind": "no_final" })).lines();
    assert!(no_final.len() == 3 && no_final.iter().all(|line| line["done"] == false));
    let done = |lines: &[Value]| lines.iter().map(|line| line["done"] == true).collect::<Vec<_>>();
    assert_eq!(done(&answer(json!({ "kind": "two_finals" })).lines()), [false, false, false, true, true]);
    assert_eq!(done(&answer(json!({ "kind": "token_after_final" })).lines()), [false, false, false, true, false]);
}

#[test]
fn the_statistics_are_wrong() {
    let closing = |fault| answer(fault).lines().pop().expect("a last line");
    assert_eq!(closing(json!({ "kind": "wrong_count", "by": 2 }))["eval_count"], 5);
    let long = closing(json!({ "kind": "long_durations", "factor": 1_000_000 }));
    assert!(long["load_duration"].as_u64() > long["total_duration"].as_u64(), "{long}");
}

#[test]
fn bytes_that_drip_are_all_there() {
    let dripped = answer(json!({ "kind": "drip", "byte_ms": 0.01 }));
    assert_eq!(said(&dripped.lines()), "one two three");
}

#[test]
fn compressed_answers() {
    let gzip = answer(json!({ "kind": "gzip" }));
    assert!(gzip.head.contains("content-encoding: gzip"));
    let mut text = String::new();
    GzDecoder::new(gzip.body.as_slice()).read_to_string(&mut text).expect("whole");
    assert_eq!(text.lines().count(), 4);
    let bomb = answer(json!({ "kind": "gzip_bomb", "bytes": 16 << 20 }));
    assert!(bomb.body.len() < 1 << 18);
    let mut zeros = Vec::new();
    GzDecoder::new(bomb.body.as_slice()).read_to_end(&mut zeros).expect("whole");
    assert_eq!(zeros.len(), 16 << 20);
}

#[test]
fn a_stalled_answer_stays_open() {
    let server = Server::with_fault(json!({ "kind": "stall", "after": 1 }));
    let mut stream = server.connect();
    let body = json!({ "model": "scripted", "prompt": "a" }).to_string();
    std::io::Write::write_all(&mut stream, &crate::server::request("POST", "/api/generate", &[], body.as_bytes()))
        .expect("sent");
    stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).expect("a limit");
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).expect_err("no end");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert!(String::from_utf8_lossy(&bytes).contains("one "));
}

#[test]
fn nobody_listens() {
    let server = Server::scripted(&json!({ "refuse": true }));
    let error = TcpStream::connect(server.address()).expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

/// The n-th request gets the n-th answer, and an answer that is not streamed meets its fault too.
#[test]
fn answers_in_turn_and_faults_without_a_stream() {
    let server = Server::scripted(&json!({ "answers": [
        { "tokens": ["first"] },
        { "tokens": ["second"], "fault": { "kind": "cut", "after": 0 } },
        { "count": 2 },
    ]}));
    let ask = || server.post("/api/generate", &json!({ "model": "scripted", "prompt": "a", "stream": false }));
    assert_eq!(ask().json()["response"], "first");
    let cut = ask();
    assert!(!cut.whole && serde_json::from_slice::<Value>(&cut.body).is_err());
    assert_eq!(ask().json()["response"], "t0 t1 ");
    assert_eq!(ask().json()["response"], "t0 t1 ");
}
