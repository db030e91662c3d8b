//! `ro-crate-metadata.json`: what a capsule holds, for people and machines that know no Ferrobench.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use schema::analysis::Assessment;
use schema::document;
use schema::manifest::ManifestFile;
use schema::record::Record;
use schema::selection::Selection;
use serde_json::{Value, json};

use super::{MADE_WITH, METADATA, RESULTS};
use crate::verify::Verified;

const VERSION: &str = "https://w3id.org/ro/crate/1.1";

/// The commits that the records name, and the checkout's own, from which the settings are copied.
pub(super) struct Commits {
    measured: BTreeSet<String>,
    here: Option<String>,
}

impl Commits {
    pub(super) fn of(root: &Path, records: &[Record]) -> Self {
        let measured = records.iter().filter_map(|record| record.environment.commit.clone()).collect();
        let mut git = Command::new("git");
        git.args(["describe", "--always", "--dirty", "--abbrev=40"]).current_dir(root);
        let output = git.output().ok().filter(|output| output.status.success());
        let here = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        Self { measured, here }
    }

    /// What a reader has to know where the two are not one commit.
    pub(super) fn note(&self) -> Option<String> {
        let here = self.here.as_deref().unwrap_or("no commit");
        if self.measured.len() == 1 && self.measured.contains(here) {
            return None;
        }
        let measured: Vec<&str> = self.measured.iter().map(String::as_str).collect();
        let measured = if measured.is_empty() { "no commit".to_owned() } else { measured.join(", ") };
        Some(format!("the records are of {measured}; {MADE_WITH}/ is of {here}"))
    }
}

pub(super) fn crate_metadata(
    results: &Path,
    verified: &Verified,
    commits: &Commits,
    parts: &[ManifestFile],
) -> Result<String> {
    let selection: Selection = document::read(&results.join("selection.json"))?;
    let assessment: Assessment = document::read(&results.join("assessment.json"))?;
    let answers: Vec<String> =
        assessment.answers.iter().map(|answer| format!("{}: {}", answer.task, answer.sentence)).collect();
    let times = verified.records.iter().map(|record| record.timing.started_unix_ms);
    let (began, ended) = (times.clone().min().map(instant), times.max().map(instant));
    let files: Vec<Value> = parts.iter().map(|part| json!({"@id": part.path})).collect();
    let mut graph = vec![
        json!({"@id": METADATA, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": VERSION}}),
        json!({
            "@id": "./",
            "@type": "Dataset",
            "name": selection.study.title,
            "identifier": format!("{}-{}", selection.study.study, &selection.study_digest[..16]),
            "description": answers.join("\n"),
            "datePublished": ended,
            "license": {"@id": "#licence"},
            "hasPart": files,
            "mentions": {"@id": "#measuring"},
        }),
        // A licence is for whoever gives the capsule away to choose.
        json!({"@id": "#licence", "@type": "CreativeWork", "name": "not stated by whoever made this capsule"}),
        json!({
            "@id": "#measuring",
            "@type": "CreateAction",
            "name": format!("{} measured runs", verified.records.len()),
            "startTime": began,
            "endTime": ended,
            "instrument": [{"@id": "#ferrobench"}, {"@id": "#machine"}],
            "object": {"@id": format!("{RESULTS}/selection.json")},
            "result": {"@id": "./"},
            "description": commits.note(),
        }),
        json!({
            "@id": "#ferrobench",
            "@type": "SoftwareApplication",
            "name": "Ferrobench",
            "version": env!("CARGO_PKG_VERSION"),
            "softwareVersion": commits.measured,
        }),
        json!({
            "@id": "#machine",
            "@type": "IndividualProduct",
            "name": selection.fingerprint.cpu_model,
            "description": serde_json::to_string(&selection.fingerprint)?,
        }),
    ];
    graph.extend(parts.iter().map(|part| {
        json!({
            "@id": part.path,
            "@type": "File",
            "contentSize": part.bytes.to_string(),
            "encodingFormat": media_type(&part.path),
            "sha256": part.sha256,
        })
    }));
    // `sha256` is no term of RO-Crate 1.1's own context.
    let context = json!([format!("{VERSION}/context"), {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]);
    Ok(format!("{}\n", serde_json::to_string_pretty(&json!({"@context": context, "@graph": graph}))?))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "html" => "text/html",
        "md" => "text/markdown",
        "svg" => "image/svg+xml",
        "csv" => "text/csv",
        "parquet" => "application/vnd.apache.parquet",
        "yaml" | "yml" => "application/yaml",
        "pdf" => "application/pdf",
        "toml" => "application/toml",
        _ => "text/plain",
    }
}

/// Milliseconds of Unix time as ISO 8601.
fn instant(unix_ms: u64) -> String {
    format!("{}Z", schema::instant::utc(unix_ms / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `date --utc --date=@…`.
    #[test]
    fn instants_are_those_of_the_calendar() {
        for (unix_s, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_795_286_096, "2026-11-21T18:34:56Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(instant(unix_s * 1000 + 999), expected);
        }
    }

    #[test]
    fn one_commit_needs_no_note() {
        let commits = |measured: &[&str], here: &str| Commits {
            measured: measured.iter().map(|commit| (*commit).to_owned()).collect(),
            here: Some(here.to_owned()),
        };
        assert_eq!(commits(&["a"], "a").note(), None);
        for other in [commits(&["a"], "a-dirty"), commits(&["a", "b"], "a"), commits(&[], "a")] {
            assert!(other.note().expect("a note").ends_with(other.here.as_deref().expect("a commit")));
        }
    }
}
