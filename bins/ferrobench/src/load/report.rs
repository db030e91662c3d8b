//! A line a stage for a person, and everything in two files.

use std::path::Path;

use anyhow::Result;
use schema::files::write_whole;
use serde::Serialize;
use serde_json::{Value, json};

use super::Options;
use super::arrivals::Stage;
use super::drive::Request;
use super::figures::{Figures, ServiceLevel, failure, times};

pub(crate) const HEAD: &str =
    "stage                   requests failed   req/s    tok/s  TTFT p50   p95   p99 ms  ITL p50 ms  good";

#[derive(Serialize)]
struct Document<'a> {
    server: &'a str,
    model: &'a str,
    seed: u64,
    num_predict: i32,
    service_level: &'a ServiceLevel,
    stages: Vec<&'a Figures>,
}

/// From when a request was due where it has such a time, else from sending.
pub(crate) fn line(figures: &Figures) -> String {
    let (stage, ttft) = match figures.stage {
        Stage::Closed { streams } => (format!("{streams} at once"), "ttft_sent_ms"),
        Stage::Open { rate, arrivals } => (format!("{rate} req/s {arrivals:?}").to_lowercase(), "ttft_due_ms"),
    };
    let measure = |id: &str| figures.measures.iter().find(|measure| measure.id == id);
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    let of = |id: &str, pick: fn(&super::figures::Measure) -> Option<f64>| shown(measure(id).and_then(pick));
    format!(
        "{stage:<23} {:>8} {:>6} {:>7} {:>8} {:>9} {:>5} {:>8} {:>11} {:>5}",
        figures.requests,
        figures.failed,
        shown(figures.requests_per_s),
        shown(figures.tokens_per_s),
        of(ttft, |measure| measure.p50),
        of(ttft, |measure| measure.p95),
        of(ttft, |measure| measure.p99),
        of("itl_ms", |measure| measure.p50),
        figures.good_share.map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0)),
    )
}

pub(crate) fn write(folder: &Path, options: &Options, stages: &[(Figures, Vec<Request>)]) -> Result<()> {
    let mut lines = Vec::new();
    for (stage, (_, requests)) in stages.iter().enumerate() {
        for request in requests {
            serde_json::to_writer(&mut lines, &raw(stage, request))?;
            lines.push(b'\n');
        }
    }
    write_whole(&folder.join("requests.jsonl"), &lines)?;
    let document = Document {
        server: &options.base_url,
        model: &options.model,
        seed: options.seed,
        num_predict: options.num_predict,
        service_level: &options.level,
        stages: stages.iter().map(|(figures, _)| figures).collect(),
    };
    let mut text = serde_json::to_vec_pretty(&document)?;
    text.push(b'\n');
    Ok(write_whole(&folder.join("load.json"), &text)?)
}

/// Everything of one request but its text.
fn raw(stage: usize, request: &Request) -> Value {
    let call = match &request.outcome {
        Ok(call) => call,
        Err(failure) => &*failure.partial,
    };
    json!({
        "stage": stage, "number": request.number, "due_ns": request.due_ns, "failure": failure(request),
        "sent_ns": call.times.sent_ns, "headers_ns": call.times.headers_ns, "done_ns": call.times.done_ns,
        "token_ns": call.token_ns, "server": call.server, "times": times(request),
    })
}
