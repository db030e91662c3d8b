//! Both ways of talking against the same server: same answer, same class for the same fault, and
//! never a hang.

mod server;

use std::time::{Duration, Instant};

use llm::base_url::BaseUrl;
use llm::call::Call;
use llm::failure::{Class, Failure};
use llm::limits::Limits;
use llm::message::{Generate, Options};
use server::{STREAM, Step, chunk, last_chunk, plain, say, serve};

const TOKEN: &str = "{\"response\":\"a\",\"done\":false}\n";
const DONE: &str = "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}\n";

fn limits() -> Limits {
    Limits {
        first_byte: Duration::from_millis(400),
        idle: Duration::from_millis(200),
        total: Duration::from_millis(1200),
        line_bytes: 1 << 16,
        body_bytes: 1 << 20,
    }
}

/// By reqwest and by hyper.
fn both(base: &BaseUrl) -> [Result<Call, Failure>; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let options = Options::default();
    let request = Generate { model: "m", prompt: "p", stream: true, options: &options };
    let over_reqwest = llm::over_reqwest::Client::new(base.clone(), limits()).expect("a client");
    let mut over_hyper = llm::over_hyper::Client::new(base.clone(), limits());
    [runtime.block_on(over_reqwest.generate(&request)), runtime.block_on(over_hyper.generate(&request))]
}

fn stream(rest: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![say(STREAM), chunk(TOKEN)];
    steps.extend(rest);
    steps
}

#[test]
fn a_stream_is_read_however_it_is_cut() {
    let whole = format!("{TOKEN}{TOKEN}{DONE}");
    let mut single_bytes = vec![say(STREAM)];
    single_bytes.extend(whole.chars().map(|byte| chunk(&byte.to_string())));
    single_bytes.push(last_chunk());
    for steps in [vec![say(STREAM), chunk(&whole), last_chunk()], single_bytes] {
        for call in both(&serve(steps, true).0) {
            let call = call.expect("a whole stream");
            assert_eq!((call.answer.as_str(), call.token_ns.len()), ("aa", 2));
            let times = call.times;
            assert!(times.started_ns <= times.sent_ns && times.sent_ns <= times.headers_ns);
            assert!(times.headers_ns <= call.token_ns[0] && call.token_ns[1] <= times.done_ns);
        }
    }
}

#[test]
fn a_gap_on_the_wire_is_a_gap_between_tokens() {
    let gap = Duration::from_millis(30);
    let steps = stream(vec![Step::Wait(gap), chunk(TOKEN), chunk(DONE), last_chunk()]);
    for call in both(&serve(steps, true).0) {
        let call = call.expect("a whole stream");
        let seen = call.token_ns[1] - call.token_ns[0];
        // The first may have come to hand late; tokens that were read together are microseconds apart.
        assert!(seen >= gap.as_nanos() as u64 / 2, "{seen} ns");
    }
}

#[test]
fn every_fault_on_the_wire_has_its_class_and_none_hangs() {
    let drip = (0..100).flat_map(|_| [Step::Wait(Duration::from_millis(100)), chunk(TOKEN)]).collect();
    let cases: Vec<(&str, Vec<Step>, Class)> = vec![
        ("cut inside the body", stream(vec![]), Class::StreamTruncated),
        ("reset", stream(vec![Step::Wait(Duration::from_millis(20)), Step::Reset]), Class::StreamTruncated),
        ("closed without an answer", vec![], Class::StreamTruncated),
        ("clean end, not done", stream(vec![last_chunk()]), Class::StreamIncomplete),
        ("half a line, clean end", stream(vec![chunk("{\"resp"), last_chunk()]), Class::StreamTruncated),
        (
            "an error in mid-stream",
            stream(vec![chunk("{\"error\":\"no\"}\n"), last_chunk()]),
            Class::ServerErrorMidstream,
        ),
        ("malformed", stream(vec![chunk("{]\n"), last_chunk()]), Class::Protocol),
        ("bad UTF-8", vec![say(STREAM), say(b"3\r\n\"\xff\n\r\n".to_vec()), last_chunk()], Class::Protocol),
        ("an endless line", stream(vec![chunk(&"x".repeat(100_000)), last_chunk()]), Class::ResponseTooLarge),
        ("silence", vec![Step::Wait(Duration::from_secs(2))], Class::TimeoutFirstByte),
        ("head, then silence", vec![say(STREAM), Step::Wait(Duration::from_secs(2))], Class::TimeoutFirstByte),
        ("a stall", stream(vec![Step::Wait(Duration::from_secs(2))]), Class::TimeoutStalled),
        ("a slow drip", stream(drip), Class::TimeoutStalled),
        ("404", vec![plain("404 Not Found", "", "{\"error\":\"model 'm' not found\"}")], Class::ModelMissing),
        ("500", vec![plain("500 Internal Server Error", "", "{}")], Class::ServerError),
        ("503", vec![plain("503 Service Unavailable", "Retry-After: 3\r\n", "busy")], Class::Overloaded),
        (
            "elsewhere",
            vec![plain("307 Temporary Redirect", "Location: http://169.254.169.254/\r\n", "")],
            Class::Redirected,
        ),
        ("zipped", vec![plain("200 OK", "Content-Encoding: gzip\r\n", "\u{1f}")], Class::Protocol),
        ("no HTTP", vec![say("hello\r\n\r\n")], Class::StreamTruncated),
    ];
    for (name, steps, class) in cases {
        let (base, _) = serve(steps, false);
        let began = Instant::now();
        for (result, way) in both(&base).into_iter().zip(["reqwest", "hyper"]) {
            let failure = result.expect_err(name);
            assert_eq!(failure.class, class, "{name} by {way}: {failure}");
        }
        assert!(began.elapsed() < Duration::from_secs(4), "{name}");
    }
}

#[test]
fn a_closed_port_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("an address");
    drop(listener);
    for result in both(&base) {
        assert_eq!(result.expect_err("nobody listens").class, Class::ServerUnreachable);
    }
}

#[test]
fn a_thousand_streams_from_one_process_account_for_every_token() {
    const STREAMS: usize = 1000;
    const TOKENS: usize = 8;
    let mut steps = vec![say(STREAM)];
    steps.extend((0..TOKENS).flat_map(|_| [chunk(TOKEN), Step::Wait(Duration::from_millis(1))]));
    steps.extend([chunk("{\"done\":true}\n"), last_chunk()]);
    // Kept open: a stream that begins late may well be sent on the connection of one that has ended.
    let (base, _) = serve(steps, true);
    let client = llm::over_reqwest::Client::new(base, Limits::default()).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let tokens = runtime.block_on(async {
        let mut streams = tokio::task::JoinSet::new();
        for _ in 0..STREAMS {
            let client = client.clone();
            streams.spawn(async move {
                let options = Options::default();
                let request = Generate { model: "m", prompt: "p", stream: true, options: &options };
                client.generate(&request).await.map(|call| call.token_ns.len())
            });
        }
        streams.join_all().await
    });
    let whole = tokens.iter().filter(|tokens| tokens.as_ref().is_ok_and(|tokens| *tokens == TOKENS)).count();
    assert_eq!(whole, STREAMS, "{:?}", tokens.iter().find(|tokens| tokens.is_err()));
}
