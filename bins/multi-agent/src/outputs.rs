//! What the rounds leave behind: `exchanges`, a line a call, and `timings`, a line an agent's round.

use llm::call::{ServerFigures, Times};
use schema::mark::MarkName;
use serde::Serialize;

use crate::agent::{Round, Spoken};

#[derive(Default)]
pub(crate) struct Outputs {
    pub(crate) exchanges: Vec<u8>,
    pub(crate) timings: Vec<u8>,
}

/// Where a round stands in the run.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) iteration: u32,
    /// No warm-up.
    pub(crate) counted: bool,
    /// `sequential` or `concurrent`.
    pub(crate) phase: MarkName,
    pub(crate) agent: u32,
    pub(crate) contention_ttft_s: f64,
}

/// What was said: the same seed gives the same, where the servers' answers are.
#[derive(Serialize)]
struct Exchanged<'a> {
    iteration: u32,
    phase: MarkName,
    agent: u32,
    call: &'a str,
    prompt: &'a str,
    answer: &'a str,
    done_reason: Option<&'a str>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

/// When it was said.
#[derive(Serialize)]
struct TimedRound<'a> {
    iteration: u32,
    counted: bool,
    phase: MarkName,
    agent: u32,
    started_ns: u64,
    ended_ns: u64,
    contention_ttft_s: f64,
    calls: Vec<TimedCall<'a>>,
}

#[derive(Serialize)]
struct TimedCall<'a> {
    call: &'a str,
    wanted_ns: u64,
    #[serde(flatten)]
    times: Times,
    bytes: u64,
    reads: u32,
    server: ServerFigures,
    token_ns: &'a [u64],
}

impl Outputs {
    pub(crate) fn keep(&mut self, place: Place, round: &Round) {
        for spoken in &round.calls {
            line(&mut self.exchanges, &exchanged(place, spoken));
        }
        let timed = TimedRound {
            iteration: place.iteration,
            counted: place.counted,
            phase: place.phase,
            agent: place.agent,
            started_ns: round.started_ns,
            ended_ns: round.ended_ns,
            contention_ttft_s: place.contention_ttft_s,
            calls: round.calls.iter().map(timed).collect(),
        };
        line(&mut self.timings, &timed);
    }
}

fn exchanged(place: Place, spoken: &Spoken) -> Exchanged<'_> {
    let Spoken { name, prompt, call, .. } = spoken;
    Exchanged {
        iteration: place.iteration,
        phase: place.phase,
        agent: place.agent,
        call: name,
        prompt,
        answer: &call.answer,
        done_reason: call.done_reason.as_deref(),
        prompt_eval_count: call.server.prompt_eval_count,
        eval_count: call.server.eval_count,
    }
}

fn timed(spoken: &Spoken) -> TimedCall<'_> {
    let Spoken { name, wanted_ns, call, .. } = spoken;
    TimedCall {
        call: name,
        wanted_ns: *wanted_ns,
        times: call.times,
        bytes: call.bytes,
        reads: call.reads,
        server: call.server,
        token_ns: &call.token_ns,
    }
}

fn line(lines: &mut Vec<u8>, document: &impl Serialize) {
    lines.extend(serde_json::to_vec(document).expect("strings and numbers only"));
    lines.push(b'\n');
}
