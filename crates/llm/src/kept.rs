//! What an agent keeps of a call: a line of its `exchanges`, and one of its `timings`. Where the call
//! stood in the run is the agent's to add, by flattening.

use serde::Serialize;

use crate::call::{Call, ServerFigures, Times};

/// What was said: the same seed gives the same, where the server's answers are.
#[derive(Serialize)]
pub struct Exchanged<'a> {
    call: &'a str,
    prompt: &'a str,
    answer: &'a str,
    done_reason: Option<&'a str>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

/// When it was said.
#[derive(Serialize)]
pub struct Timed<'a> {
    call: &'a str,
    /// Before waiting for a permit, where calls need one.
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted_ns: Option<u64>,
    #[serde(flatten)]
    times: Times,
    bytes: u64,
    reads: u32,
    server: ServerFigures,
    token_ns: &'a [u64],
}

impl<'a> Exchanged<'a> {
    pub fn of(name: &'a str, prompt: &'a str, call: &'a Call) -> Self {
        Self {
            call: name,
            prompt,
            answer: &call.answer,
            done_reason: call.done_reason.as_deref(),
            prompt_eval_count: call.server.prompt_eval_count,
            eval_count: call.server.eval_count,
        }
    }
}

impl<'a> Timed<'a> {
    pub fn of(name: &'a str, wanted_ns: Option<u64>, call: &'a Call) -> Self {
        Self {
            call: name,
            wanted_ns,
            times: call.times,
            bytes: call.bytes,
            reads: call.reads,
            server: call.server,
            token_ns: &call.token_ns,
        }
    }
}

/// Adds a document as a line of its own.
pub fn line(lines: &mut Vec<u8>, document: &impl Serialize) {
    lines.extend(serde_json::to_vec(document).expect("strings and numbers only"));
    lines.push(b'\n');
}
