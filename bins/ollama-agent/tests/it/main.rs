//! The four agents against one server of bytes and times: the same requests, the same answers, and
//! the same class for the same fault.

mod agents;
#[path = "../../../../crates/llm/tests/over_the_wire/server.rs"]
mod server;
mod tape;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use agents::{IMPLEMENTATIONS, Ran, data, run};
use ollama_agent::AnalysisReport;
use schema::outcome::OutcomeStatus;
use server::{STREAM, Step, chunk, last_chunk, plain, say, serve};

const TOKEN: &str = "{\"response\":\"größer \",\"done\":false}\n";
const DONE: &str =
    "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":900,\"eval_count\":2}\n";

/// Short enough for a test; a Python process has started before they begin to count.
fn hasty() -> AnalysisReport {
    AnalysisReport { first_byte_s: 0.8, idle_s: 0.4, total_s: 1.6, ..AnalysisReport::default() }
}

/// All implementations at once, in the order of [`IMPLEMENTATIONS`].
fn all(data: &Path, url: &str, parameters: &AnalysisReport) -> Vec<Ran> {
    thread::scope(|scope| {
        let runs = IMPLEMENTATIONS.map(|name| scope.spawn(move || run(name, data, url, parameters)));
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    })
}

fn whole() -> Vec<Step> {
    vec![say(STREAM), chunk(TOKEN), chunk(TOKEN), chunk(DONE), last_chunk()]
}

#[test]
fn all_agents_send_the_same_bytes_and_keep_the_same_answers() {
    let data = data();
    let parameters =
        AnalysisReport { num_ctx: Some(2048), temperature: Some(0.8), top_p: Some(1.0), ..AnalysisReport::default() };
    let mut sent = Vec::new();
    let mut exchanges = Vec::new();
    for name in IMPLEMENTATIONS {
        let (base, bodies) = serve(whole(), true);
        let ran = run(name, data.path(), &base.to_string(), &parameters);
        assert!(ran.output.status.success(), "{name}: {}", ran.stderr());
        assert_eq!(ran.outcome().status, OutcomeStatus::Done);
        exchanges.push(ran.lines("exchanges"));
        let timings = ran.lines("timings");
        assert_eq!(timings.len(), 4, "{name}: two calls in each of two iterations");
        for call in &timings {
            let at = |key: &str| call[key].as_u64().expect("a time");
            let first = call["token_ns"][0].as_u64().expect("a first token");
            assert!(at("started_ns") <= at("sent_ns") && at("sent_ns") < at("headers_ns"), "{name}: {call}");
            assert!(at("headers_ns") <= first && first < at("done_ns"), "{name}: {call}");
        }
        sent.push(bodies.lock().expect("not poisoned").clone());
    }
    let first = &exchanges[0];
    assert_eq!(first[0]["answer"], "größer größer ");
    assert!(first[1]["prompt"].as_str().is_some_and(|prompt| prompt.contains("\ngrößer größer \n")));
    assert!(first[0]["prompt"].as_str().is_some_and(|prompt| prompt.contains("101 files, ")));
    for index in 1..IMPLEMENTATIONS.len() {
        assert_eq!(exchanges[index], exchanges[0], "{}", IMPLEMENTATIONS[index]);
        assert_eq!(sent[index], sent[0], "{}", IMPLEMENTATIONS[index]);
    }
}

#[test]
fn with_the_canned_analysis_the_report_prompt_does_not_depend_on_the_model() {
    let data = data();
    let (base, _) = serve(whole(), true);
    let parameters = AnalysisReport { canned_analysis: true, ..AnalysisReport::default() };
    for (ran, name) in all(data.path(), &base.to_string(), &parameters).iter().zip(IMPLEMENTATIONS) {
        let report = &ran.lines("exchanges")[1];
        let prompt = report["prompt"].as_str().expect("a prompt");
        assert!(prompt.contains("The latency files agree") && !prompt.contains("größer"), "{name}: {prompt}");
    }
}

#[test]
fn the_same_fault_has_the_same_class_everywhere_and_nobody_hangs() {
    let begun = |rest: Vec<Step>| [vec![say(STREAM), chunk(TOKEN)], rest].concat();
    let drip = (0..40).flat_map(|_| [Step::Wait(Duration::from_millis(100)), chunk(TOKEN)]).collect();
    let silence = || Step::Wait(Duration::from_secs(3));
    let cases: Vec<(&str, Vec<Step>)> = vec![
        ("stream_truncated", begun(vec![])),
        ("stream_truncated", begun(vec![Step::Wait(Duration::from_millis(20)), Step::Reset])),
        ("stream_truncated", vec![]),
        ("stream_truncated", vec![say("hello\r\n\r\n")]),
        ("stream_truncated", begun(vec![chunk("{\"resp"), last_chunk()])),
        ("stream_incomplete", begun(vec![last_chunk()])),
        ("server_error_midstream", begun(vec![chunk("{\"error\":\"no\"}\n"), last_chunk()])),
        ("protocol", begun(vec![chunk("{]\n"), last_chunk()])),
        ("protocol", begun(vec![chunk("{\"response\":7,\"done\":false}\n"), last_chunk()])),
        ("protocol", vec![say(STREAM), say(b"4\r\n\"\xff\"\n\r\n".to_vec()), last_chunk()]),
        ("protocol", vec![plain("200 OK", "Content-Encoding: gzip\r\n", "\u{1f}")]),
        ("response_too_large", begun(vec![chunk(&"x".repeat(17 << 20)), last_chunk()])),
        ("inconsistent", begun(vec![chunk(DONE), chunk(TOKEN), last_chunk()])),
        ("clock_inconsistent", begun(vec![chunk("{\"done\":true,\"eval_duration\":90000000000}\n"), last_chunk()])),
        ("timeout_first_byte", vec![silence()]),
        ("timeout_first_byte", vec![say(STREAM), silence()]),
        ("timeout_stalled", begun(vec![silence()])),
        ("timeout_stalled", begun(drip)),
        ("model_missing", vec![plain("404 Not Found", "", "{\"error\":\"model 'm' not found\"}")]),
        ("server_error", vec![plain("500 Internal Server Error", "", "{}")]),
        ("overloaded", vec![plain("503 Service Unavailable", "Retry-After: 3\r\n", "busy")]),
        ("redirected", vec![plain("307 Temporary Redirect", "Location: http://169.254.169.254/\r\n", "")]),
    ];
    let data = data();
    for (class, steps) in cases {
        let (base, _) = serve(steps.clone(), false);
        let began = Instant::now();
        for (ran, name) in all(data.path(), &base.to_string(), &hasty()).iter().zip(IMPLEMENTATIONS) {
            assert_eq!(ran.output.status.code(), Some(1), "{name}, {class}: {}", ran.stderr());
            let outcome = ran.outcome();
            assert_eq!(outcome.status, OutcomeStatus::Failed);
            assert_eq!(outcome.facts["failed"]["class"], class, "{name}: {}", ran.stderr());
            assert!(ran.stderr().starts_with(&format!("error: {class}: ")), "{name}: {}", ran.stderr());
            assert!(outcome.artifacts.is_empty(), "{name}: a failed run has no result");
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{class}");
    }
}

#[test]
fn nobody_there_and_a_wrong_address_are_told_apart() {
    let data = data();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    for (ran, name) in all(data.path(), &url, &hasty()).iter().zip(IMPLEMENTATIONS) {
        assert_eq!(ran.output.status.code(), Some(1), "{name}");
        assert!(ran.stderr().starts_with("error: server_unreachable: "), "{name}: {}", ran.stderr());
    }
    for (ran, name) in all(data.path(), "https://me:secret@host", &hasty()).iter().zip(IMPLEMENTATIONS) {
        assert_eq!(ran.output.status.code(), Some(2), "{name}: {}", ran.stderr());
        assert!(ran.stderr().starts_with("error: FERROBENCH_LLM_URL: ") && !ran.stderr().contains("secret"), "{name}");
    }
}
