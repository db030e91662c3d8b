//! The figures of each arm, and Rust beside Python in each cell. One value a run: its two calls are
//! summed or averaged inside it.

use schema::analysis::Interval;
use schema::implementation::{Class, Language};
use serde::Serialize;
use stats::LEVEL;
use stats::describe::{mean, sd};
use stats::paired::LogRatios;

use super::arms::Arm;
use super::run::{Call, Run};

/// A measure of a run; `server` ones are the server's own clock, which no client's language sets.
struct Measure {
    id: &'static str,
    server: bool,
    of: fn(&Run) -> Option<f64>,
}

const MEASURES: [Measure; 10] = [
    Measure { id: "wall_ms", server: false, of: |run| Some(run.wall_s * 1e3) },
    Measure { id: "ttft_ms", server: false, of: |run| average(run, Call::ttft_ms) },
    Measure { id: "client_ms", server: false, of: |run| sum(run, Call::client_ms) },
    Measure { id: "startup_ms", server: false, of: |run| run.startup_ms },
    Measure { id: "rss_peak_mb", server: false, of: |run| Some(run.rss_peak_mb) },
    Measure { id: "tokens_per_s", server: true, of: |run| run.seconds_a_token().map(f64::recip) },
    Measure { id: "load_ms", server: true, of: |run| sum(run, |call| Some(ms(call.server.load_duration?))) },
    Measure { id: "prefill_ms", server: true, of: |run| sum(run, |call| Some(ms(call.server.prompt_eval_duration?))) },
    Measure { id: "decode_ms", server: true, of: |run| sum(run, |call| Some(ms(call.server.eval_duration?))) },
    Measure { id: "output_tokens", server: true, of: |run| sum(run, |call| Some(call.server.eval_count? as f64)) },
];

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

fn sum(run: &Run, of: impl Fn(&Call) -> Option<f64>) -> Option<f64> {
    run.calls.iter().map(of).collect::<Option<Vec<f64>>>().filter(|all| !all.is_empty()).map(|all| all.iter().sum())
}

fn average(run: &Run, of: impl Fn(&Call) -> Option<f64>) -> Option<f64> {
    sum(run, of).map(|total| total / run.calls.len() as f64)
}

#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) arms: Vec<ArmFigures>,
    pub(crate) comparisons: Vec<Comparison>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ArmFigures {
    pub(crate) implementation: String,
    pub(crate) language: Language,
    pub(crate) class: Class,
    pub(crate) configuration: &'static str,
    pub(crate) phase: &'static str,
    pub(crate) runs: usize,
    pub(crate) failed: usize,
    pub(crate) prompts_truncated: usize,
    pub(crate) measures: Vec<Summary>,
    /// Where the time of a call goes, in ms, averaged over all calls.
    pub(crate) attribution: Option<Attribution>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) measure: &'static str,
    pub(crate) decided_by_server: bool,
    pub(crate) n: usize,
    /// Null where no run has the figure.
    pub(crate) mean: Option<f64>,
    pub(crate) sd: Option<f64>,
    pub(crate) cv: Option<f64>,
}

/// The parts of a call that can be told apart. The connection is opened before the first call.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Attribution {
    /// Making the request.
    pub(crate) client_preparation: f64,
    pub(crate) server_load: f64,
    pub(crate) prefill: f64,
    pub(crate) decode: f64,
    /// Bytes to text.
    pub(crate) parse: f64,
    /// Sending, the loopback or network, the HTTP library, the server's own remainder.
    pub(crate) transport: f64,
    pub(crate) whole: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) rust: String,
    pub(crate) python: String,
    pub(crate) class: Class,
    pub(crate) configuration: &'static str,
    pub(crate) phase: &'static str,
    pub(crate) measure: &'static str,
    pub(crate) decided_by_server: bool,
    /// Rounds in which both have a value.
    pub(crate) n: usize,
    /// Python over Rust: above 1 Rust needs less.
    pub(crate) ratio: Option<f64>,
    /// 95 %, by Student's t on the logarithms; from two rounds on.
    pub(crate) interval: Option<Interval>,
}

pub(crate) fn of(arms: &[Arm], runs: &[Run]) -> Figures {
    Figures {
        arms: arms.iter().map(|arm| figures(arm, runs)).collect(),
        comparisons: pairs(arms).flat_map(|(rust, python)| compared(rust, python, runs)).collect(),
    }
}

fn of_arm<'a>(arm: &'a Arm, runs: &'a [Run]) -> impl Iterator<Item = &'a Run> {
    runs.iter().filter(|run| {
        run.implementation == arm.program.name && run.configuration == arm.configuration.name && run.phase == arm.phase
    })
}

fn figures(arm: &Arm, runs: &[Run]) -> ArmFigures {
    let all: Vec<&Run> = of_arm(arm, runs).collect();
    let good: Vec<&Run> = all.iter().copied().filter(|run| run.failure.is_none()).collect();
    let calls: Vec<&Call> = good.iter().flat_map(|run| &run.calls).collect();
    ArmFigures {
        implementation: arm.program.name.clone(),
        language: arm.program.language,
        class: arm.program.class,
        configuration: arm.configuration.name,
        phase: arm.phase.name(),
        runs: all.len(),
        failed: all.len() - good.len(),
        prompts_truncated: calls.iter().filter(|call| call.prompt_truncated).count(),
        measures: MEASURES.iter().map(|measure| summary(measure, &good)).collect(),
        attribution: attribution(&calls),
    }
}

fn summary(measure: &Measure, runs: &[&Run]) -> Summary {
    let values: Vec<f64> = runs.iter().filter_map(|run| (measure.of)(run)).collect();
    let (mean, sd) = (mean(&values).ok(), sd(&values).ok());
    let cv = mean.zip(sd).filter(|(mean, _)| *mean > 0.0).map(|(mean, sd)| sd / mean);
    Summary { measure: measure.id, decided_by_server: measure.server, n: values.len(), mean, sd, cv }
}

fn attribution(calls: &[&Call]) -> Option<Attribution> {
    let parts: Vec<Attribution> = calls.iter().map(|call| parts(call)).collect();
    let count = parts.len() as f64;
    parts
        .into_iter()
        .reduce(|sum, part| Attribution {
            client_preparation: sum.client_preparation + part.client_preparation,
            server_load: sum.server_load + part.server_load,
            prefill: sum.prefill + part.prefill,
            decode: sum.decode + part.decode,
            parse: sum.parse + part.parse,
            transport: sum.transport + part.transport,
            whole: sum.whole + part.whole,
        })
        .map(|sum| Attribution {
            client_preparation: sum.client_preparation / count,
            server_load: sum.server_load / count,
            prefill: sum.prefill / count,
            decode: sum.decode / count,
            parse: sum.parse / count,
            transport: sum.transport / count,
            whole: sum.whole / count,
        })
}

fn parts(call: &Call) -> Attribution {
    let (whole, client_preparation) =
        (ms(call.done_ns.saturating_sub(call.started_ns)), ms(call.sent_ns.saturating_sub(call.started_ns)));
    let server = call.server;
    let of = |ns: Option<u64>| ms(ns.unwrap_or(0));
    let (server_load, prefill, decode) =
        (of(server.load_duration), of(server.prompt_eval_duration), of(server.eval_duration));
    let parse = ms(call.parse_ns);
    let known = client_preparation + server_load + prefill + decode + parse;
    // Parsing runs while the server decodes, so the parts may add up to more than the whole.
    Attribution { client_preparation, server_load, prefill, decode, parse, transport: (whole - known).max(0.0), whole }
}

/// Rust and Python of one class in one cell.
fn pairs(arms: &[Arm]) -> impl Iterator<Item = (&Arm, &Arm)> {
    let of = move |language: Language| arms.iter().filter(move |arm| arm.program.language == language);
    of(Language::Rust).flat_map(move |rust| {
        of(Language::Python)
            .filter(move |python| python.has_cell_of(rust) && python.program.class == rust.program.class)
            .map(move |python| (rust, python))
    })
}

fn compared(rust: &Arm, python: &Arm, runs: &[Run]) -> Vec<Comparison> {
    let value = |arm: &Arm, round: u32, measure: &Measure| {
        let run = of_arm(arm, runs).find(|run| run.round == round && run.failure.is_none())?;
        (measure.of)(run).filter(|value| *value > 0.0)
    };
    let rounds = 1..=runs.iter().map(|run| run.round).max().unwrap_or(0);
    let compare = |measure: &Measure| {
        let pairs: Vec<(f64, f64)> =
            rounds.clone().filter_map(|round| value(python, round, measure).zip(value(rust, round, measure))).collect();
        let logs = LogRatios::of(&pairs).ok();
        Comparison {
            rust: rust.program.name.clone(),
            python: python.program.name.clone(),
            class: rust.program.class,
            configuration: rust.configuration.name,
            phase: rust.phase.name(),
            measure: measure.id,
            decided_by_server: measure.server,
            n: pairs.len(),
            ratio: logs.as_ref().and_then(|logs| logs.ratio().ok()),
            interval: logs.and_then(|logs| logs.interval(LEVEL).ok()),
        }
    };
    MEASURES.iter().map(compare).collect()
}

impl ArmFigures {
    pub(crate) fn mean(&self, measure: &str) -> Option<f64> {
        self.measures.iter().find(|summary| summary.measure == measure)?.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        let server = llm::call::ServerFigures {
            total_duration: Some(80_000_000),
            load_duration: Some(10_000_000),
            prompt_eval_duration: Some(20_000_000),
            eval_duration: Some(50_000_000),
            eval_count: Some(5),
            ..Default::default()
        };
        Call {
            call: "analysis".to_owned(),
            started_ns: 0,
            sent_ns: 1_000_000,
            headers_ns: 31_000_000,
            done_ns: 90_000_000,
            parse_ns: 2_000_000,
            token_ns: vec![41_000_000, 90_000_000],
            server,
            prompt_truncated: false,
            done_reason: None,
        }
    }

    #[test]
    fn a_call_is_split_into_what_the_server_took_and_what_it_did_not() {
        let split = parts(&call());
        assert_eq!((split.client_preparation, split.server_load, split.prefill, split.decode), (1.0, 10.0, 20.0, 50.0));
        assert_eq!((split.parse, split.transport, split.whole), (2.0, 7.0, 90.0));
        assert_eq!((call().ttft_ms(), call().client_ms()), (Some(40.0), Some(10.0)));
        let mean = attribution(&[&call(), &call()]).expect("two calls");
        assert_eq!(mean, split);
        assert_eq!(attribution(&[]), None);
    }
}
