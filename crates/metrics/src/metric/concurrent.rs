//! What agents cost each other: from the output `timings` of a task that runs the same agents one
//! after another and then at once.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::calls::{self, Call};

/// One agent's round.
#[derive(Deserialize)]
struct Round {
    iteration: u32,
    /// No warm-up.
    counted: bool,
    phase: Phase,
    agent: u32,
    started_ns: u64,
    ended_ns: u64,
    contention_ttft_s: f64,
    calls: Vec<Call>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Phase {
    Sequential,
    Concurrent,
}

/// The counted rounds of a run.
struct Rounds(Vec<Round>);

type Value = Result<f64, String>;

impl Rounds {
    fn read(lines: &[u8]) -> Result<Self, String> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let rounds: Result<Vec<Round>, _> = lines.map(serde_json::from_slice::<Round>).collect();
        let mut rounds = rounds.map_err(|error| format!("no rounds of agents: {error}"))?;
        rounds.retain(|round| round.counted);
        if rounds.iter().any(|round| round.ended_ns < round.started_ns) {
            return Err("a round ends before it starts".to_owned());
        }
        if rounds.is_empty() { Err("no counted round".to_owned()) } else { Ok(Self(rounds)) }
    }

    fn of(&self, phase: Phase) -> Result<Vec<&Round>, String> {
        let rounds: Vec<&Round> = self.0.iter().filter(|round| round.phase == phase).collect();
        match (rounds.is_empty(), phase) {
            (false, _) => Ok(rounds),
            (true, Phase::Sequential) => Err("no agents one after another to compare with".to_owned()),
            (true, Phase::Concurrent) => Err("no agents at once".to_owned()),
        }
    }

    /// From the first start to the last end, summed over the iterations.
    fn wall_s(&self, phase: Phase) -> Value {
        let mut spans: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for round in self.of(phase)? {
            let span = spans.entry(round.iteration).or_insert((round.started_ns, round.ended_ns));
            *span = (span.0.min(round.started_ns), span.1.max(round.ended_ns));
        }
        let wall: u64 = spans.values().map(|(start, end)| end - start).sum();
        if wall == 0 { Err("no time has passed".to_owned()) } else { Ok(wall as f64 / 1e9) }
    }

    fn agents(&self) -> Result<f64, String> {
        let agents = self.of(Phase::Concurrent)?;
        Ok(f64::from(agents.iter().map(|round| round.agent).max().unwrap_or(1)))
    }

    /// Of an agent's calls in a phase, each with what names it.
    fn calls(&self, phase: Phase) -> Result<Vec<(&Round, &Call)>, String> {
        Ok(self.of(phase)?.into_iter().flat_map(|round| round.calls.iter().map(move |call| (round, call))).collect())
    }

    /// Each call at once beside the same call alone: both times to the first token, and the threshold.
    fn pairs(&self) -> Result<Vec<(f64, f64, f64)>, String> {
        let name = |(round, call): &(&Round, &Call)| (round.iteration, round.agent, call.call.clone());
        let ttft = |call: &Call| call.ttft_s().ok_or("a call without text has no time to its first token");
        let alone = self.calls(Phase::Sequential)?;
        let alone: BTreeMap<_, &Call> = alone.iter().map(|pair| (name(pair), pair.1)).collect();
        let together = self.calls(Phase::Concurrent)?;
        let pair = |both: &(&Round, &Call)| -> Result<(f64, f64, f64), String> {
            let alone = alone.get(&name(both)).ok_or("a call at once has none alone to compare with")?;
            Ok((ttft(both.1)?, ttft(alone)?, both.0.contention_ttft_s))
        };
        together.iter().map(pair).collect()
    }

    /// A figure of the second agent less that of the first.
    fn delta(&self, of: impl Fn(&[&Call]) -> Value) -> Value {
        let calls = self.calls(Phase::Concurrent)?;
        let of_agent = |agent: u32| -> Vec<&Call> {
            calls.iter().filter(|(round, _)| round.agent == agent).map(|(_, call)| *call).collect()
        };
        Ok(of(&of_agent(2))? - of(&of_agent(1))?)
    }
}

pub(super) fn speedup(lines: &[u8]) -> Value {
    let rounds = Rounds::read(lines)?;
    Ok(rounds.wall_s(Phase::Sequential)? / rounds.wall_s(Phase::Concurrent)?)
}

pub(super) fn efficiency(lines: &[u8]) -> Value {
    Ok(speedup(lines)? / Rounds::read(lines)?.agents()?)
}

pub(super) fn overlap(lines: &[u8]) -> Value {
    let rounds = Rounds::read(lines)?;
    let own: u64 = rounds.of(Phase::Concurrent)?.iter().map(|round| round.ended_ns - round.started_ns).sum();
    Ok(own as f64 / 1e9 / rounds.wall_s(Phase::Concurrent)?)
}

pub(super) fn contention_events(lines: &[u8]) -> Value {
    let pairs = Rounds::read(lines)?.pairs()?;
    Ok(pairs.iter().filter(|(together, alone, threshold)| together - alone > *threshold).count() as f64)
}

pub(super) fn contention_rate(lines: &[u8]) -> Value {
    let calls = Rounds::read(lines)?.pairs()?.len();
    Ok(contention_events(lines)? / calls as f64)
}

pub(super) fn ttft_inflation(lines: &[u8]) -> Value {
    let pairs = Rounds::read(lines)?.pairs()?;
    let (together, alone) =
        pairs.iter().fold((0.0, 0.0), |(together, alone), pair| (together + pair.0, alone + pair.1));
    if alone == 0.0 { Err("no time to the first token has passed alone".to_owned()) } else { Ok(together / alone) }
}

pub(super) fn ttft_delta(lines: &[u8]) -> Value {
    Rounds::read(lines)?.delta(|calls| {
        let known: Vec<f64> = calls.iter().filter_map(|call| call.ttft_s()).collect();
        if known.is_empty() {
            return Err("an agent without a first token".to_owned());
        }
        Ok(known.iter().sum::<f64>() * 1e3 / known.len() as f64)
    })
}

pub(super) fn throughput_delta(lines: &[u8]) -> Value {
    Rounds::read(lines)?.delta(|calls| {
        let (tokens, ns) = calls::decoded(calls.iter().copied())?;
        Ok(tokens * 1e9 / ns)
    })
}

pub(super) fn start_skew(lines: &[u8]) -> Value {
    let rounds = Rounds::read(lines)?;
    let mut starts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for round in rounds.of(Phase::Concurrent)? {
        let span = starts.entry(round.iteration).or_insert((round.started_ns, round.started_ns));
        *span = (span.0.min(round.started_ns), span.1.max(round.started_ns));
    }
    Ok(starts.values().map(|(first, last)| last - first).max().unwrap_or(0) as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MS: u64 = 1_000_000;

    /// Each agent's round from `start` to `end` ms with one call whose first token comes `ttft` ms after.
    fn round(phase: &str, agent: u32, start: u64, end: u64, ttft: u64) -> String {
        let call = json!({
            "call": "analysis", "started_ns": start * MS, "sent_ns": start * MS, "done_ns": end * MS, "token_ns": [(start + ttft) * MS], "wanted_ns": 0,
            "server": {"eval_count": 10 * agent, "eval_duration": 1_000_000_000_u64, "load_duration": null},
        });
        let line = json!({
            "iteration": 1, "counted": true, "phase": phase, "agent": agent, "started_ns": start * MS,
            "ended_ns": end * MS, "contention_ttft_s": 0.05, "calls": [call],
        });
        format!("{line}\n")
    }

    /// Alone 100 ms each; together 120 and 125 ms, the second one 5 ms late.
    fn run() -> Vec<u8> {
        let warm_up = round("concurrent", 1, 0, 9000, 9000).replace("true", "false");
        let lines = [
            warm_up,
            round("sequential", 1, 1000, 1100, 10),
            round("sequential", 2, 1100, 1200, 10),
            round("concurrent", 1, 2000, 2120, 20),
            round("concurrent", 2, 2005, 2125, 80),
        ];
        lines.concat().into_bytes()
    }

    fn close(value: Value, expected: f64) {
        let value = value.expect("a value");
        assert!((value - expected).abs() < 1e-9, "{value} for {expected}");
    }

    #[test]
    fn every_figure_is_what_its_formula_says() {
        let run = run();
        close(speedup(&run), 1.6);
        close(efficiency(&run), 0.8);
        close(overlap(&run), 240.0 / 125.0);
        close(contention_events(&run), 1.0);
        close(contention_rate(&run), 0.5);
        close(ttft_inflation(&run), 5.0);
        close(ttft_delta(&run), 60.0);
        close(throughput_delta(&run), 10.0);
        close(start_skew(&run), 5000.0);
    }

    #[test]
    fn without_agents_alone_there_is_no_speed_up() {
        let text = String::from_utf8(run()).expect("text");
        let together: String =
            text.lines().filter(|line| !line.contains("sequential")).fold(String::new(), |all, line| all + line + "\n");
        for metric in [speedup, efficiency, contention_rate, contention_events, ttft_inflation] {
            assert!(metric(together.as_bytes()).expect_err("undefined").contains("one after another"));
        }
        close(overlap(together.as_bytes()), 240.0 / 125.0);
    }

    #[test]
    fn what_is_no_round_is_told() {
        assert!(speedup(b"{}\n").expect_err("no round").contains("no rounds of agents"));
        assert_eq!(speedup(b"").expect_err("nothing"), "no counted round");
        let backwards = round("concurrent", 1, 10, 5, 1);
        assert!(speedup(backwards.as_bytes()).expect_err("backwards").contains("ends before"));
    }
}
