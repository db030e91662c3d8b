//! What the requests of a stage come to. A figure's name says from when to when it counts, because
//! the same three letters mean different things to different tools (docs/load.md).

use schema::fault::visible;
use serde::Serialize;
use stats::describe::{mean, quantile, sd};

use super::arrivals::Stage;
use super::drive::Request;

/// What a good request keeps within; what is not given is not asked for.
#[derive(Clone, Debug, Default, Serialize, clap::Args)]
#[allow(clippy::struct_field_names, reason = "the flags")]
pub(crate) struct ServiceLevel {
    /// Time to the first token, from when the request was due.
    #[arg(long, value_name = "MS")]
    pub(crate) slo_ttft_ms: Option<f64>,
    /// Mean time between tokens.
    #[arg(long, value_name = "MS")]
    pub(crate) slo_itl_ms: Option<f64>,
    /// Time to the last token, from when the request was due.
    #[arg(long, value_name = "MS")]
    pub(crate) slo_latency_ms: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) stage: Stage,
    pub(crate) requests: usize,
    pub(crate) failed: usize,
    /// From the first request's due time to the last token of all.
    pub(crate) duration_s: f64,
    /// Of the requests that were answered.
    pub(crate) requests_per_s: Option<f64>,
    /// As the client counts: pieces of text.
    pub(crate) tokens: u64,
    /// As the server counts; null where it left one out.
    pub(crate) server_tokens: Option<u64>,
    pub(crate) tokens_per_s: Option<f64>,
    /// Requests that were under way at one moment, at most.
    pub(crate) in_flight_peak: usize,
    /// Good requests a second, and their share of all, failed ones included; null without a service level.
    pub(crate) goodput_per_s: Option<f64>,
    pub(crate) good_share: Option<f64>,
    pub(crate) measures: Vec<Measure>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Measure {
    pub(crate) id: &'static str,
    pub(crate) formula: &'static str,
    pub(crate) n: usize,
    pub(crate) mean: Option<f64>,
    pub(crate) sd: Option<f64>,
    pub(crate) p50: Option<f64>,
    pub(crate) p90: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// The times of one answered request.
#[derive(Debug, Serialize)]
#[allow(clippy::struct_field_names, reason = "the keys name their unit")]
pub(crate) struct Times {
    pub(crate) ttft_due_ms: Option<f64>,
    pub(crate) ttft_sent_ms: Option<f64>,
    pub(crate) latency_due_ms: Option<f64>,
    pub(crate) latency_sent_ms: Option<f64>,
    pub(crate) request_ms: f64,
    pub(crate) itl_ms: Option<f64>,
    pub(crate) time_per_token_ms: Option<f64>,
    pub(crate) late_ms: f64,
}

type Of = fn(&Times) -> Option<f64>;

const MEASURES: [(&str, &str, Of); 8] = [
    ("ttft_due_ms", "first token − when the request was due: corrected for coordinated omission", |of| {
        of.ttft_due_ms
    }),
    ("ttft_sent_ms", "first token − sending (AIPerf, GuideLLM: TTFT)", |of| of.ttft_sent_ms),
    ("latency_due_ms", "last token − when the request was due: corrected", |of| of.latency_due_ms),
    ("latency_sent_ms", "last token − sending (AIPerf: request latency)", |of| of.latency_sent_ms),
    ("request_ms", "end of the answer − sending (GuideLLM: request latency)", |of| Some(of.request_ms)),
    (
        "itl_ms",
        "(last token − first) / (tokens − 1), one mean a request (AIPerf, GuideLLM: ITL; MLPerf: TPOT)",
        |of| of.itl_ms,
    ),
    ("time_per_token_ms", "(last token − sending) / tokens, the first included (GuideLLM: TPOT)", |of| {
        of.time_per_token_ms
    }),
    ("late_ms", "sending − when the request was due: the generator's own lateness", |of| Some(of.late_ms)),
];

fn ms(from: u64, to: u64) -> f64 {
    (to as f64 - from as f64) / 1e6
}

pub(crate) fn times(request: &Request) -> Option<Times> {
    let call = request.outcome.as_ref().ok()?;
    let (due, sent) = (request.due_ns, call.times.sent_ns);
    let (first, last) = (call.token_ns.first().copied(), call.token_ns.last().copied());
    let count = call.token_ns.len() as f64;
    Some(Times {
        ttft_due_ms: first.map(|first| ms(due, first)),
        ttft_sent_ms: first.map(|first| ms(sent, first)),
        latency_due_ms: last.map(|last| ms(due, last)),
        latency_sent_ms: last.map(|last| ms(sent, last)),
        request_ms: ms(sent, call.times.done_ns),
        itl_ms: first.zip(last).filter(|_| count > 1.0).map(|(first, last)| ms(first, last) / (count - 1.0)),
        time_per_token_ms: last.map(|last| ms(sent, last) / count),
        late_ms: ms(due, sent),
    })
}

pub(crate) fn of(stage: Stage, requests: &[Request], level: &ServiceLevel) -> Figures {
    let answered: Vec<Times> = requests.iter().filter_map(times).collect();
    let calls = || requests.iter().filter_map(|request| request.outcome.as_ref().ok());
    let start = requests.iter().map(|request| request.due_ns).min().unwrap_or(0);
    let end = calls().map(|call| call.token_ns.last().copied().unwrap_or(call.times.done_ns)).max().unwrap_or(start);
    let duration_s = ms(start, end) / 1e3;
    let per_second = |count: f64| (duration_s > 0.0).then(|| count / duration_s);
    let tokens: u64 = calls().map(|call| call.token_ns.len() as u64).sum();
    let good = level.is_asked().then(|| answered.iter().filter(|times| level.is_met(times)).count() as f64);
    // An open loop corrects by its due times; a closed one has none of its own.
    let corrected = matches!(stage, Stage::Open { .. });
    let shown = MEASURES.iter().filter(|&&(id, ..)| corrected || !(id.contains("_due_") || id == "late_ms"));
    Figures {
        stage,
        requests: requests.len(),
        failed: requests.len() - answered.len(),
        duration_s,
        requests_per_s: per_second(answered.len() as f64),
        tokens,
        server_tokens: calls().map(|call| call.server.eval_count).sum(),
        tokens_per_s: per_second(tokens as f64),
        in_flight_peak: in_flight_peak(requests),
        goodput_per_s: good.and_then(per_second),
        good_share: good.map(|good| good / requests.len() as f64),
        measures: shown
            .map(|&(id, formula, of)| measure(id, formula, &answered.iter().filter_map(of).collect::<Vec<f64>>()))
            .collect(),
    }
}

fn measure(id: &'static str, formula: &'static str, values: &[f64]) -> Measure {
    let at = |probability| quantile(values, probability).ok();
    Measure {
        id,
        formula,
        n: values.len(),
        mean: mean(values).ok(),
        sd: sd(values).ok(),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        max: at(1.0),
    }
}

impl ServiceLevel {
    fn is_asked(&self) -> bool {
        self.slo_ttft_ms.or(self.slo_itl_ms).or(self.slo_latency_ms).is_some()
    }

    /// A request of one token has no time between tokens, and keeps within any.
    fn is_met(&self, times: &Times) -> bool {
        let within = |value: Option<f64>, limit: Option<f64>| {
            limit.is_none_or(|limit| value.is_some_and(|value| value <= limit))
        };
        within(times.ttft_due_ms, self.slo_ttft_ms)
            && within(times.latency_due_ms, self.slo_latency_ms)
            && (times.itl_ms.is_none() || within(times.itl_ms, self.slo_itl_ms))
    }
}

/// From sending to the end, of answered and failed ones alike.
fn in_flight_peak(requests: &[Request]) -> usize {
    let mut changes: Vec<(u64, i32)> = Vec::new();
    for request in requests {
        let times = match &request.outcome {
            Ok(call) => &call.times,
            Err(failure) => &failure.partial.times,
        };
        if times.done_ns > 0 {
            changes.extend([(times.sent_ns, 1), (times.done_ns, -1)]);
        }
    }
    // At one moment what ends is over before what begins.
    changes.sort_unstable();
    let mut now = 0_i32;
    changes
        .iter()
        .map(|(_, change)| {
            now += change;
            now
        })
        .max()
        .unwrap_or(0)
        .max(0) as usize
}

/// Class and message of what failed, as it may be shown.
pub(crate) fn failure(request: &Request) -> Option<String> {
    request.outcome.as_ref().err().map(|failure| visible(&failure.to_string()))
}

#[cfg(test)]
mod tests {
    use llm::call::Call;
    use llm::failure::{Class, Failure};

    use super::*;
    use crate::load::arrivals::Arrivals;

    const MS: u64 = 1_000_000;
    const OPEN: Stage = Stage::Open { rate: 10.0, arrivals: Arrivals::Constant };

    /// Due, sent, tokens and end, in ms.
    fn request(due: u64, sent: u64, tokens: &[u64], end: u64) -> Request {
        let mut call = Call { token_ns: tokens.iter().map(|at| at * MS).collect(), ..Call::default() };
        (call.times.sent_ns, call.times.done_ns) = (sent * MS, end * MS);
        call.server.eval_count = Some(tokens.len() as u64);
        Request { number: 0, due_ns: due * MS, outcome: Ok(call) }
    }

    fn value(figures: &Figures, id: &str) -> Option<f64> {
        figures.measures.iter().find(|measure| measure.id == id)?.mean
    }

    #[test]
    fn each_figure_counts_from_where_its_formula_says() {
        let figures = of(OPEN, &[request(100, 110, &[130, 140, 160], 170)], &ServiceLevel::default());
        for (id, expected) in [
            ("ttft_due_ms", 30.0),
            ("ttft_sent_ms", 20.0),
            ("latency_due_ms", 60.0),
            ("latency_sent_ms", 50.0),
            ("request_ms", 60.0),
            ("itl_ms", 15.0),
            ("time_per_token_ms", 50.0 / 3.0),
            ("late_ms", 10.0),
        ] {
            assert_eq!(value(&figures, id), Some(expected), "{id}");
        }
        assert_eq!((figures.tokens, figures.server_tokens, figures.duration_s), (3, Some(3), 0.06));
    }

    /// One stalled request holds up a closed generator, which then sends too few and sees nothing of
    /// it: from their due times the requests behind it are seen to be as late as they are.
    #[test]
    fn a_stall_is_in_the_corrected_times_of_those_behind_it() {
        let requests =
            [request(0, 0, &[1000], 1000), request(100, 1000, &[1010], 1010), request(200, 1010, &[1020], 1020)];
        let figures = of(OPEN, &requests, &ServiceLevel::default());
        let of = |id: &str| figures.measures.iter().find(|measure| measure.id == id).and_then(|measure| measure.p50);
        assert_eq!((of("ttft_sent_ms"), of("ttft_due_ms")), (Some(10.0), Some(910.0)));
        let closed = super::of(Stage::Closed { streams: 1 }, &requests, &ServiceLevel::default());
        assert_eq!(value(&closed, "ttft_due_ms"), None, "a closed loop has no due times to correct by");
    }

    #[test]
    fn goodput_counts_failed_requests_as_bad() {
        let failed = Request { outcome: Err(Failure::new(Class::ServerError, "no")), ..request(0, 0, &[], 0) };
        let requests = [request(0, 0, &[10, 20], 1000), request(0, 0, &[300, 500], 1000), failed];
        let level = ServiceLevel { slo_ttft_ms: Some(100.0), slo_itl_ms: Some(50.0), slo_latency_ms: None };
        let figures = of(OPEN, &requests, &level);
        assert_eq!((figures.failed, figures.good_share, figures.goodput_per_s), (1, Some(1.0 / 3.0), Some(2.0)));
        assert_eq!(figures.in_flight_peak, 2);
        assert_eq!(of(OPEN, &requests, &ServiceLevel::default()).good_share, None);
    }
}
