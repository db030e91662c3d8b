//! What a person gets: the first screen, `reports/comparison_report.md`, data/metrics.json.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use schema::document;
use schema::files::write_whole;
use schema::implementation::Class;
use serde_json::json;

use super::figures::{ArmFigures, Comparison, Figures};
use super::run::Run;
use super::server::Server;
use super::{Chimera, Options};

pub(crate) fn write(
    folder: &Path,
    options: &Options,
    server: &Server,
    figures: &Figures,
    runs: &[Run],
    tokens: i32,
) -> Result<()> {
    let no_effect = no_effect(&options.chimera, server);
    let metrics = json!({
        "schema_version": schema::SCHEMA_VERSION,
        "server": {"url": server.at.url.to_string(), "version": server.at.version, "embedded": server.is_embedded()},
        "model": server.at.model, "seed": options.seed, "num_predict": tokens, "no_effect_here": no_effect,
        "figures": figures, "runs": runs,
    });
    document::write(&folder.join("data/metrics.json"), &metrics)?;
    let mut text = format!("# The agent in Rust and in Python\n\n{}\n\n", escaped(&server.in_words()));
    let _ = writeln!(text, "{tokens} tokens an answer at most, seed {}. Each run is a fresh process.\n", options.seed);
    for line in no_effect.iter().chain(&warnings(figures)) {
        let _ = writeln!(text, "- {}", escaped(line));
    }
    let _ = writeln!(text, "\n{}\n", escaped(&first_screen(figures)));
    arms_table(&mut text, figures);
    attribution_table(&mut text, figures);
    comparisons_table(&mut text, figures);
    failures(&mut text, runs);
    write_whole(&folder.join("reports/comparison_report.md"), text.as_bytes())?;
    Ok(())
}

/// Of what the time to the first token is made, and what the clients' languages differ by.
pub(crate) fn first_screen(figures: &Figures) -> String {
    let mut lines = Vec::new();
    for class in [Class::Library, Class::Tuned] {
        let compared = figures.comparisons.iter().filter(|one| one.class == class && one.measure == "ttft_ms");
        for comparison in compared {
            lines.extend(sentence(figures, comparison));
        }
    }
    if lines.is_empty() { "Nothing could be compared: see the failed runs.".to_owned() } else { lines.join("\n") }
}

fn sentence(figures: &Figures, one: &Comparison) -> Option<String> {
    let arm = |name: &str| {
        let is = |arm: &&ArmFigures| {
            arm.implementation == name && arm.configuration == one.configuration && arm.phase == one.phase
        };
        figures.arms.iter().find(is)
    };
    let (rust, python) = (arm(&one.rust)?, arm(&one.python)?);
    let per_call = |arm: &ArmFigures| arm.mean("client_ms").map(|ms| ms / 2.0);
    let ttft = python.mean("ttft_ms")?;
    Some(format!(
        "{} {}: first token after {ttft:.1} ms; outside the server a call costs Rust ({}) {:.2} ms, Python ({}) {:.2} ms; \
         whole run {}, memory {}",
        one.configuration,
        one.phase,
        one.rust,
        per_call(rust)?,
        one.python,
        per_call(python)?,
        ratio(figures, one, "wall_ms"),
        ratio(figures, one, "rss_peak_mb"),
    ))
}

fn ratio(figures: &Figures, like: &Comparison, measure: &str) -> String {
    let same = |one: &&Comparison| {
        one.rust == like.rust
            && one.python == like.python
            && (one.configuration, one.phase, one.measure) == (like.configuration, like.phase, measure)
    };
    figures.comparisons.iter().find(same).map_or("not compared".to_owned(), in_words)
}

/// Python over Rust, with its interval where there is one.
fn in_words(one: &Comparison) -> String {
    match (one.ratio, one.interval) {
        (Some(ratio), Some(interval)) => {
            format!("{ratio:.2}× ({:.2}–{:.2}, n={})", interval.low, interval.high, one.n)
        }
        (Some(ratio), None) => format!("{ratio:.2}× (n={})", one.n),
        (None, _) => "not compared".to_owned(),
    }
}

fn no_effect(chimera: &Chimera, server: &Server) -> Vec<String> {
    let given = chimera.chimera_num_gpu.is_some() && server.at.uses_gpu() == Some(false);
    given.then(|| "num_gpu: no effect here, the server runs the model on the CPU".to_owned()).into_iter().collect()
}

fn warnings(figures: &Figures) -> Vec<String> {
    let truncated = figures.arms.iter().filter(|arm| arm.prompts_truncated > 0);
    let mut lines: Vec<String> = truncated
        .map(|arm| {
            format!(
                "prompt_truncated: {} {} {}: the server evaluated fewer tokens than the prompt has words in {} calls; raise num_ctx",
                arm.implementation, arm.configuration, arm.phase, arm.prompts_truncated
            )
        })
        .collect();
    lines.push("No implementation was run against itself here, so no ratio is a claim: a study does that.".to_owned());
    lines.push(
        "Tokens per second, load, prefill and decode are the server's own clock: no client's language sets them."
            .to_owned(),
    );
    lines
}

fn arms_table(text: &mut String, figures: &Figures) {
    let columns = ["wall_ms", "ttft_ms", "client_ms", "startup_ms", "rss_peak_mb", "tokens_per_s", "output_tokens"];
    let _ = writeln!(
        text,
        "## Means of the runs\n\n| implementation | configuration | phase | ok | {} |",
        columns.join(" | ")
    );
    let _ = writeln!(text, "|{}", " --- |".repeat(4 + columns.len()));
    for arm in &figures.arms {
        let cells = columns.map(|column| arm.mean(column).map_or("–".to_owned(), |mean| format!("{mean:.2}")));
        let ok = format!("{} of {}", arm.runs - arm.failed, arm.runs);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ok} | {} |",
            arm.implementation,
            arm.configuration,
            arm.phase,
            cells.join(" | ")
        );
    }
}

fn attribution_table(text: &mut String, figures: &Figures) {
    let _ = writeln!(text, "\n## Where the time of a call goes, in ms\n");
    let _ = writeln!(
        text,
        "| implementation | configuration | phase | whole | preparation | server load | prefill | decode | parse | transport and the rest |"
    );
    let _ = writeln!(text, "|{}", " --- |".repeat(10));
    for arm in &figures.arms {
        let Some(split) = &arm.attribution else { continue };
        let parts = [
            split.whole,
            split.client_preparation,
            split.server_load,
            split.prefill,
            split.decode,
            split.parse,
            split.transport,
        ];
        let cells = parts.map(|part| format!("{part:.3}")).join(" | ");
        let _ = writeln!(text, "| {} | {} | {} | {cells} |", arm.implementation, arm.configuration, arm.phase);
    }
}

fn comparisons_table(text: &mut String, figures: &Figures) {
    let _ = writeln!(
        text,
        "\n## Python over Rust, paired by round\n\n| pair | configuration | phase | measure | ratio (95 %) | |"
    );
    let _ = writeln!(text, "|{}", " --- |".repeat(6));
    for one in &figures.comparisons {
        let who = if one.decided_by_server { "decided by server" } else { "" };
        let (pair, measure) = (format!("{} / {}", one.python, one.rust), one.measure);
        let _ = writeln!(
            text,
            "| {pair} | {} | {} | {measure} | {} | {who} |",
            one.configuration,
            one.phase,
            in_words(one)
        );
    }
}

fn failures(text: &mut String, runs: &[Run]) {
    let failed: Vec<&Run> = runs.iter().filter(|run| run.failure.is_some()).collect();
    if failed.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## Failed runs\n");
    for run in failed {
        let why = escaped(run.failure.as_deref().unwrap_or_default());
        let _ = writeln!(
            text,
            "- round {}: {} {} {}: {why}",
            run.round,
            run.implementation,
            run.configuration,
            run.phase.name()
        );
    }
}

/// A server's or model's text is data: it makes no markup and no link.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '[' | ']' | '`' | '|' | '*' | '!' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_servers_words_make_no_markup() {
        let shown = super::escaped("<script>alert(1)</script> ![x](http://e) a|b");
        assert_eq!(shown, "&lt;script>alert(1)&lt;/script> \\!\\[x\\](http://e) a\\|b");
    }
}
