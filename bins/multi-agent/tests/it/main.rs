//! The eight ways of running two agents, against servers of bytes and times, and against the real
//! server: the same requests, the same answers, the same class for the same fault, and no hang.

mod agents;
#[path = "../../../../crates/llm/tests/over_the_wire/server.rs"]
mod server;
mod with_llm_server;

use std::collections::BTreeMap;
use std::time::Duration;

use agents::{IMPLEMENTATIONS, Ran, all, data, run};
use multi_agent::{Scenario, TwoAgents};
use schema::outcome::OutcomeStatus;
use server::{STREAM, Step, chunk, last_chunk, plain, say, serve};

const TOKEN: &str = "{\"response\":\"größer \",\"done\":false}\n";
const DONE: &str = "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":900,\
                    \"eval_count\":2,\"eval_duration\":1000}\n";

fn whole() -> Vec<Step> {
    vec![say(STREAM), chunk(TOKEN), chunk(TOKEN), chunk(DONE), last_chunk()]
}

fn url(steps: Vec<Step>, keep: bool) -> String {
    serve(steps, keep).0.to_string()
}

/// Short enough for a test; a Python process has started before they begin to count.
fn hasty() -> TwoAgents {
    TwoAgents { first_byte_s: 2.0, idle_s: 1.0, total_s: 4.0, ..TwoAgents::default() }
}

#[test]
fn all_send_the_same_bytes_to_each_server_and_keep_the_same_answers() {
    let data = data();
    let parameters = TwoAgents { num_ctx: Some(2048), temperature: Some(0.8), ..TwoAgents::default() };
    let mut sent = Vec::new();
    let mut exchanges = Vec::new();
    for name in IMPLEMENTATIONS {
        let servers = [serve(whole(), true), serve(whole(), true)];
        let urls = servers.each_ref().map(|(base, _)| base.to_string());
        let ran = run(name, data.path(), &urls, &parameters);
        assert!(ran.output.status.success(), "{name}: {}", ran.stderr());
        let outcome = ran.outcome();
        assert_eq!(outcome.status, OutcomeStatus::Done);
        assert_eq!(outcome.facts["server_versions"], serde_json::json!(["0.0.0", "0.0.0"]), "{name}");
        check_times(&ran);
        assert!(ran.metric("concurrency_speedup") > 0.0 && ran.metric("contention_events") == 0.0, "{name}");
        exchanges.push(ran.lines("exchanges"));
        sent.push(servers.map(|(_, bodies)| bodies.lock().expect("not poisoned").clone()));
    }
    assert_eq!(exchanges[0].len(), 16, "two calls, two agents, two phases, two iterations");
    assert_eq!(exchanges[0][0]["answer"], "größer größer ");
    let body = |server: usize| String::from_utf8_lossy(&sent[0][server][0]).into_owned();
    assert!(
        !body(0).contains("num_ctx") && body(1).contains("\"num_ctx\":2048"),
        "the baseline, and beside it the chimera"
    );
    for index in 1..IMPLEMENTATIONS.len() {
        assert_eq!(exchanges[index], exchanges[0], "{}", IMPLEMENTATIONS[index]);
        assert_eq!(sent[index], sent[0], "{}", IMPLEMENTATIONS[index]);
    }
}

/// Alone one after another; at once none begins before both are there.
fn check_times(ran: &Ran) {
    let rounds = ran.lines("timings");
    assert_eq!(rounds.len(), 8, "{}", ran.name);
    let mut of: BTreeMap<(u64, String), Vec<(u64, u64)>> = BTreeMap::new();
    for round in &rounds {
        let at = |key: &str| round[key].as_u64().expect("a time");
        let phase = round["phase"].as_str().expect("a phase").to_owned();
        assert_eq!(round["counted"], at("iteration") > 0, "{}", ran.name);
        of.entry((at("iteration"), phase)).or_default().push((at("started_ns"), at("ended_ns")));
        for call in round["calls"].as_array().expect("calls") {
            let key = |key: &str| call[key].as_u64().expect("a time");
            let first = call["token_ns"][0].as_u64().expect("a first token");
            let times = [
                at("started_ns"),
                key("wanted_ns"),
                key("started_ns"),
                key("sent_ns"),
                key("headers_ns"),
                first,
                key("done_ns"),
                at("ended_ns"),
            ];
            assert!(times.is_sorted(), "{}: {round}", ran.name);
        }
    }
    for ((iteration, phase), spans) in of {
        if phase == "sequential" {
            assert!(spans[0].1 <= spans[1].0, "{} {iteration}: one after another", ran.name);
        }
    }
}

#[test]
fn with_one_permit_the_agents_take_turns() {
    let data = data();
    let slow: Vec<Step> = whole().into_iter().flat_map(|step| [Step::Wait(Duration::from_millis(5)), step]).collect();
    let parameters = TwoAgents { permits: 1, ..TwoAgents::default() };
    for ran in all(data.path(), &parameters, || [url(slow.clone(), true), url(slow.clone(), true)]) {
        assert!(ran.output.status.success(), "{}: {}", ran.name, ran.stderr());
        let rounds = ran.lines("timings");
        let together = rounds.iter().filter(|round| round["phase"] == "concurrent");
        let mut calls: Vec<(u64, u64)> = together
            .flat_map(|round| round["calls"].as_array().expect("calls"))
            .map(|call| (call["sent_ns"].as_u64().expect("a time"), call["done_ns"].as_u64().expect("a time")))
            .collect();
        calls.sort_unstable();
        assert_eq!(calls.len(), 8, "{}", ran.name);
        assert!(calls.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{}: {calls:?}", ran.name);
    }
}

#[test]
fn one_bad_server_fails_the_run_by_its_class_and_nobody_hangs() {
    let begun = |rest: Vec<Step>| [vec![say(STREAM), chunk(TOKEN)], rest].concat();
    let cases = [
        ("stream_truncated", begun(vec![Step::Wait(Duration::from_millis(20)), Step::Reset])),
        ("stream_truncated", begun(vec![])),
        ("stream_incomplete", begun(vec![last_chunk()])),
        ("timeout_stalled", begun(vec![Step::Wait(Duration::from_secs(8))])),
        ("timeout_first_byte", vec![Step::Wait(Duration::from_secs(8))]),
        ("server_error_midstream", begun(vec![chunk("{\"error\":\"no\"}\n"), last_chunk()])),
        ("overloaded", vec![plain("503 Service Unavailable", "Retry-After: 3\r\n", "busy")]),
    ];
    let data = data();
    for (class, steps) in cases {
        for ran in all(data.path(), &hasty(), || [url(whole(), true), url(steps.clone(), false)]) {
            let name = ran.name;
            assert_eq!(ran.output.status.code(), Some(1), "{name}, {class}: {}", ran.stderr());
            let outcome = ran.outcome();
            assert_eq!(outcome.status, OutcomeStatus::Failed);
            assert_eq!(outcome.facts["failed"]["class"], class, "{name}: {}", ran.stderr());
            assert_eq!(outcome.facts["failed"]["agent"], 2, "{name}");
            assert!(ran.stderr().starts_with(&format!("error: {class}: agent 2: ")), "{name}: {}", ran.stderr());
            assert!(outcome.artifacts.is_empty(), "{name}: a failed run has no result");
        }
    }
}

#[test]
fn nobody_at_one_address_is_told_with_the_agent() {
    let data = data();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    for ran in all(data.path(), &hasty(), || [url(whole(), true), nobody.clone()]) {
        assert_eq!(ran.output.status.code(), Some(1), "{}", ran.name);
        assert!(ran.stderr().starts_with("error: server_unreachable: agent 2: "), "{}: {}", ran.name, ran.stderr());
    }
}

#[test]
fn bad_input_is_told_apart_from_a_bad_server() {
    let data = data();
    let wrong = TwoAgents { second_num_ctx: Some(512), scenario: Scenario::ChimeraHomo, ..TwoAgents::default() };
    for ran in all(data.path(), &wrong, || [url(whole(), true), url(whole(), true)]) {
        assert_eq!(ran.output.status.code(), Some(2), "{}: {}", ran.name, ran.stderr());
        assert!(ran.stderr().contains("only `scenario` chimera_hetero takes"), "{}: {}", ran.name, ran.stderr());
    }
    for ran in all(data.path(), &TwoAgents::default(), || [url(whole(), true), "https://me:secret@host".to_owned()]) {
        assert_eq!(ran.output.status.code(), Some(2), "{}: {}", ran.name, ran.stderr());
        assert!(ran.stderr().starts_with("error: FERROBENCH_LLM_2_URL: "), "{}: {}", ran.name, ran.stderr());
        assert!(!ran.stderr().contains("secret"), "{}", ran.name);
    }
}
