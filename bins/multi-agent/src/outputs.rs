//! What the rounds leave behind: `exchanges`, a line a call, and `timings`, a line an agent's round.

use llm::kept::{self, Exchanged, Timed};
use schema::mark::MarkName;
use serde::Serialize;

use crate::agent::{Round, Spoken};

pub(crate) struct Outputs {
    pub(crate) exchanges: Vec<u8>,
    pub(crate) timings: Vec<u8>,
    contention_ttft_s: f64,
}

/// Where a round stands in the run.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) iteration: u32,
    /// `sequential` or `concurrent`.
    pub(crate) phase: MarkName,
    pub(crate) agent: u32,
}

#[derive(Serialize)]
struct ExchangedThere<'a> {
    iteration: u32,
    phase: MarkName,
    agent: u32,
    #[serde(flatten)]
    exchanged: Exchanged<'a>,
}

#[derive(Serialize)]
struct TimedRound<'a> {
    iteration: u32,
    /// No warm-up.
    counted: bool,
    phase: MarkName,
    agent: u32,
    started_ns: u64,
    ended_ns: u64,
    contention_ttft_s: f64,
    calls: Vec<Timed<'a>>,
}

impl Outputs {
    pub(crate) fn new(contention_ttft_s: f64) -> Self {
        Self { exchanges: Vec::new(), timings: Vec::new(), contention_ttft_s }
    }

    pub(crate) fn keep(&mut self, place: Place, counted: bool, round: &Round) {
        let Place { iteration, phase, agent } = place;
        for Spoken { name, prompt, call, .. } in &round.calls {
            let exchanged = Exchanged::of(name, prompt, call);
            kept::line(&mut self.exchanges, &ExchangedThere { iteration, phase, agent, exchanged });
        }
        let lasted = TimedRound {
            iteration,
            counted,
            phase,
            agent,
            started_ns: round.started_ns,
            ended_ns: round.ended_ns,
            contention_ttft_s: self.contention_ttft_s,
            calls: round.calls.iter().map(timed).collect(),
        };
        kept::line(&mut self.timings, &lasted);
    }
}

fn timed(spoken: &Spoken) -> Timed<'_> {
    Timed::of(spoken.name, Some(spoken.wanted_ns), &spoken.call)
}
