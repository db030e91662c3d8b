//! One server's traffic, recorded once and played to every agent.

use std::path::Path;
use std::thread;
use std::time::Duration;

use ollama_agent::AnalysisReport;
use tape::file::Tape;
use tape::replay::Heard;
use tape::{Serving, record, replay};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::agents::{IMPLEMENTATIONS, Ran, data, run};
use crate::server::{STREAM, Step, chunk, last_chunk, say, serve};
use crate::{DONE, TOKEN};

/// Serves on a thread of its own while `client` runs, and gives what the serving came to.
fn while_serving<T: Send, C>(
    serve: impl AsyncFnOnce(Serving, oneshot::Receiver<()>) -> T + Send,
    client: impl FnOnce(&str) -> C,
) -> (T, C) {
    let (ready, address) = std::sync::mpsc::channel();
    let (end, ended) = oneshot::channel();
    thread::scope(|scope| {
        let serving = scope.spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let serving = Serving::listen(0).await.expect("a free port");
                ready.send(serving.url().expect("bound")).expect("waited for");
                serve(serving, ended).await
            })
        });
        let client = client(&address.recv().expect("an address"));
        end.send(()).expect("still serving");
        (serving.join().expect("no panic"), client)
    })
}

/// The agent's traffic with a server of these steps.
fn recorded(data: &Path, steps: Vec<Step>, keep: bool) -> (Tape, Ran) {
    let (backend, _) = serve(steps, keep);
    let ran = |url: &str| run("ollama_agent_reqwest", data, url, &AnalysisReport::default());
    while_serving(async |serving, end| record::record(serving, backend, async { drop(end.await) }).await, ran)
}

fn played(tape: &Tape, data: &Path, name: &str, parameters: &AnalysisReport) -> (Heard, Ran) {
    let tape = tape.clone();
    let ran = |url: &str| run(name, data, url, parameters);
    while_serving(async |serving, end| replay::replay(serving, tape, async { drop(end.await) }).await, ran)
}

#[test]
fn every_agent_gets_what_was_recorded_after_the_same_gaps_and_asks_for_the_same() {
    let data = data();
    let pause = || Step::Wait(Duration::from_millis(30));
    let steps = vec![say(STREAM), pause(), chunk(TOKEN), pause(), chunk(TOKEN), chunk(DONE), last_chunk()];
    let (tape, original) = recorded(data.path(), steps, true);
    assert!(original.output.status.success(), "{}", original.stderr());
    assert_eq!(tape.exchanges.len(), 5, "the version, and two calls in each of two iterations");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("a.tape");
    tape.write(&file).expect("written");
    let tape = Tape::read(&file).expect("read");
    let mut digests = Vec::new();
    for name in IMPLEMENTATIONS {
        let (heard, ran) = played(&tape, data.path(), name, &AnalysisReport::default());
        assert!(ran.output.status.success(), "{name}: {}", ran.stderr());
        assert_eq!(ran.lines("exchanges"), original.lines("exchanges"), "{name}");
        assert_eq!((heard.requests, heard.unknown, heard.unplayed), (5, 0, 0), "{name}");
        for call in ran.lines("timings") {
            let at = |key: &str| call[key].as_u64().expect("a time");
            let token = |index: usize| call["token_ns"][index].as_u64().expect("a token");
            // Sooner is impossible; how much later is the machine's affair.
            assert!(token(0) - at("sent_ns") >= 25_000_000, "{name}: {call}");
            assert!(at("done_ns") - at("sent_ns") >= 55_000_000, "{name}: {call}");
        }
        digests.push(heard.sha256);
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[test]
fn a_connection_that_broke_breaks_again_and_another_question_is_not_on_the_tape() {
    let data = data();
    let (tape, original) = recorded(data.path(), vec![say(STREAM), chunk(TOKEN)], false);
    assert!(original.stderr().starts_with("error: stream_truncated: "), "{}", original.stderr());
    let other = AnalysisReport { num_predict: 7, ..AnalysisReport::default() };
    for name in IMPLEMENTATIONS {
        let (heard, ran) = played(&tape, data.path(), name, &AnalysisReport::default());
        assert!(ran.stderr().starts_with("error: stream_truncated: "), "{name}: {}", ran.stderr());
        assert_eq!((heard.unknown, heard.unplayed), (0, 0), "{name}");
        let (heard, ran) = played(&tape, data.path(), name, &other);
        assert!(ran.stderr().contains("is not on the tape"), "{name}: {}", ran.stderr());
        assert_eq!((heard.unknown, heard.unplayed), (1, 1), "{name}");
    }
}
