//! What an agent's calls to a model took: from the outputs `timings` and `exchanges` of a task whose lines
//! are one call each, warm-ups marked.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A line of `timings`, or a call of an agent's round there.
#[derive(Deserialize)]
pub(super) struct Call {
    #[allow(clippy::struct_field_names, reason = "the key in the output")]
    pub(super) call: String,
    started_ns: u64,
    sent_ns: u64,
    done_ns: u64,
    token_ns: Vec<u64>,
    pub(super) server: Server,
}

/// The server's own clock and counts; what it left out is none.
#[derive(Deserialize)]
pub(super) struct Server {
    total_duration: Option<u64>,
    load_duration: Option<u64>,
    prompt_eval_duration: Option<u64>,
    pub(super) eval_count: Option<u64>,
    pub(super) eval_duration: Option<u64>,
}

/// A line of `exchanges`.
#[derive(Deserialize)]
struct Exchange {
    prompt: String,
    prompt_eval_count: Option<u64>,
}

#[derive(Deserialize)]
struct Line<Of> {
    /// No warm-up.
    counted: bool,
    #[serde(flatten)]
    of: Of,
}

type Value = Result<f64, String>;

impl Call {
    pub(super) fn ttft_s(&self) -> Option<f64> {
        Some(self.token_ns.first()?.checked_sub(self.sent_ns)? as f64 / 1e9)
    }

    /// The whole call without what the server says that it took itself.
    fn client_ns(&self) -> Option<u64> {
        self.done_ns.checked_sub(self.started_ns)?.checked_sub(self.server.total_duration?)
    }
}

fn counted<Of: DeserializeOwned>(lines: &[u8]) -> Result<Vec<Of>, String> {
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let calls: Result<Vec<Line<Of>>, _> = lines.map(serde_json::from_slice).collect();
    let calls = calls.map_err(|error| format!("no calls of an agent: {error}"))?;
    let counted: Vec<Of> = calls.into_iter().filter(|line| line.counted).map(|line| line.of).collect();
    if counted.is_empty() { Err("no counted call".to_owned()) } else { Ok(counted) }
}

/// The mean over the calls, each of which has to have it, in ms.
fn mean_ms(lines: &[u8], of: impl Fn(&Call) -> Option<f64>, missing: &str) -> Value {
    let calls: Vec<Call> = counted(lines)?;
    let values: Option<Vec<f64>> = calls.iter().map(of).collect();
    let values = values.ok_or(missing)?;
    Ok(values.iter().sum::<f64>() / values.len() as f64 / 1e6)
}

fn server_ms(lines: &[u8], of: impl Fn(&Server) -> Option<u64>) -> Value {
    mean_ms(lines, |call| Some(of(&call.server)? as f64), "the server left out its duration")
}

pub(super) fn ttft(lines: &[u8]) -> Value {
    mean_ms(lines, |call| Some(call.ttft_s()? * 1e9), "a call without text has no time to its first token")
}

pub(super) fn client_time(lines: &[u8]) -> Value {
    mean_ms(lines, |call| Some(call.client_ns()? as f64), "the server left out its whole duration, or claims more")
}

pub(super) fn inter_token_time(lines: &[u8]) -> Value {
    let calls: Vec<Call> = counted(lines)?;
    let gaps: Vec<u64> = calls.iter().flat_map(|call| call.token_ns.windows(2)).map(|two| two[1] - two[0]).collect();
    if gaps.is_empty() {
        return Err("no answer of two pieces".to_owned());
    }
    Ok(gaps.iter().sum::<u64>() as f64 / gaps.len() as f64 / 1e6)
}

/// Decoding, by the server's clock: tokens and ns, summed.
pub(super) fn decoded<'a>(calls: impl Iterator<Item = &'a Call>) -> Result<(f64, f64), String> {
    let known: Option<Vec<(u64, u64)>> =
        calls.map(|call| Some((call.server.eval_count?, call.server.eval_duration?))).collect();
    let (tokens, ns) = known
        .into_iter()
        .flatten()
        .reduce(|sum, one| (sum.0 + one.0, sum.1 + one.1))
        .filter(|(tokens, ns)| *tokens > 0 && *ns > 0)
        .ok_or("the server left out its count or duration")?;
    Ok((tokens as f64, ns as f64))
}

pub(super) fn tokens_per_s(lines: &[u8]) -> Value {
    let (tokens, ns) = decoded(counted::<Call>(lines)?.iter())?;
    Ok(tokens * 1e9 / ns)
}

pub(super) fn token_time(lines: &[u8]) -> Value {
    let (tokens, ns) = decoded(counted::<Call>(lines)?.iter())?;
    Ok(ns / tokens / 1e6)
}

pub(super) fn load_time(lines: &[u8]) -> Value {
    server_ms(lines, |server| server.load_duration)
}

pub(super) fn prefill_time(lines: &[u8]) -> Value {
    server_ms(lines, |server| server.prompt_eval_duration)
}

pub(super) fn output_tokens(lines: &[u8]) -> Value {
    let calls: Vec<Call> = counted(lines)?;
    let counts: Option<Vec<u64>> = calls.iter().map(|call| call.server.eval_count).collect();
    let counts = counts.ok_or("the server left out its count")?;
    Ok(counts.iter().sum::<u64>() as f64 / counts.len() as f64)
}

/// A word is a token at least, so a server that evaluated fewer tokens than the prompt has words has cut it.
pub(super) fn prompts_truncated(lines: &[u8]) -> Value {
    let calls: Vec<Exchange> = counted(lines)?;
    let cut = |call: &Exchange| Some((call.prompt_eval_count?) < call.prompt.split_whitespace().count() as u64);
    let cut: Option<Vec<bool>> = calls.iter().map(cut).collect();
    Ok(cut.ok_or("the server left out its count")?.into_iter().filter(|cut| *cut).count() as f64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    const MS: u64 = 1_000_000;

    /// First token 10 ms after sending, the second 4 ms later; the server took 30 of the 35 ms.
    fn call() -> Json {
        json!({
            "iteration": 1, "counted": true, "call": "analysis", "started_ns": 0, "sent_ns": MS, "headers_ns": 2 * MS,
            "done_ns": 35 * MS, "parse_ns": 1, "bytes": 1, "reads": 1, "token_ns": [11 * MS, 15 * MS],
            "server": {"total_duration": 30 * MS, "load_duration": 6 * MS, "prompt_eval_count": 4,
                "prompt_eval_duration": 8 * MS, "eval_count": 2, "eval_duration": 16 * MS},
        })
    }

    fn lines(calls: &[Json]) -> Vec<u8> {
        calls.iter().flat_map(|call| format!("{call}\n").into_bytes()).collect()
    }

    fn close(value: Value, expected: f64) {
        let value = value.expect("a value");
        assert!((value - expected).abs() < 1e-9, "{value} for {expected}");
    }

    #[test]
    fn every_figure_is_what_its_formula_says_and_warm_ups_are_left_out() {
        let mut warm_up = call();
        warm_up["counted"] = false.into();
        warm_up["token_ns"] = json!([9000 * MS]);
        let mut slower = call();
        slower["token_ns"] = json!([31 * MS, 33 * MS]);
        slower["server"]["eval_count"] = 6.into();
        let run = lines(&[warm_up, call(), slower]);
        close(ttft(&run), 20.0);
        close(client_time(&run), 5.0);
        close(inter_token_time(&run), 3.0);
        close(tokens_per_s(&run), 250.0);
        close(token_time(&run), 4.0);
        close(load_time(&run), 6.0);
        close(prefill_time(&run), 8.0);
        close(output_tokens(&run), 4.0);
    }

    #[test]
    fn what_the_server_left_out_is_no_zero() {
        let mut without = call();
        without["server"]["total_duration"] = Json::Null;
        without["server"]["eval_duration"] = Json::Null;
        let run = lines(&[call(), without]);
        assert!(client_time(&run).expect_err("unknown").contains("left out its whole duration"));
        assert!(tokens_per_s(&run).expect_err("unknown").contains("left out its count or duration"));
        assert!(token_time(&lines(&[])).expect_err("nothing").contains("no counted call"));
    }

    #[test]
    fn a_server_that_claims_more_than_passed_gives_no_client_time() {
        let mut claims = call();
        claims["server"]["total_duration"] = (36 * MS).into();
        assert!(client_time(&lines(&[claims])).expect_err("impossible").contains("claims more"));
    }

    #[test]
    fn fewer_tokens_than_words_are_a_cut_prompt() {
        let exchange = |prompt: &str| json!({"counted": true, "prompt": prompt, "answer": "", "prompt_eval_count": 3});
        close(prompts_truncated(&lines(&[exchange("one two three"), exchange("one two three four")])), 1.0);
        assert!(prompts_truncated(b"{}\n").expect_err("no call").contains("no calls of an agent"));
    }
}
