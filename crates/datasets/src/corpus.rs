//! The reference corpus of the LLM agent: files as a benchmark project leaves them, made from a seed.

use std::fmt::Write;

use serde_json::json;

use crate::random::Random;
use crate::tree::Made;

/// As many as the agent of Technical Report 112 read.
pub const FILES: usize = 101;
const CSV_FILES: usize = 44;
const JSON_FILES: usize = 40;

const TASKS: [&str; 5] = ["decode", "embedding", "prefill", "retrieval", "summary"];
const MODELS: [&str; 3] = ["small", "medium", "large"];
const REMARKS: [&str; 6] = [
    "The machine was otherwise idle.",
    "One run was repeated after an update of the driver.",
    "The first request of each series loads the model and is not counted.",
    "Temperature of the processor stayed below the limit throughout.",
    "The cache was cleared between two configurations.",
    "Two series are short, because the machine was needed elsewhere.",
];

/// 44 tables of runs, 40 configurations with results, 17 notes.
pub fn make(seed: u64) -> Vec<Made> {
    (0..FILES)
        .map(|index| {
            let mut random = Random::new(&["data", "agent_corpus", &index.to_string()], seed);
            match index {
                0..CSV_FILES => runs(index, &mut random),
                CSV_FILES.. if index < CSV_FILES + JSON_FILES => results(index - CSV_FILES, &mut random),
                _ => notes(index - CSV_FILES - JSON_FILES, &mut random),
            }
        })
        .collect()
}

fn runs(index: usize, random: &mut Random) -> Made {
    let task = TASKS[index % TASKS.len()];
    let level = 40.0 + 160.0 * random.uniform();
    let mut text = "run,latency_ms,tokens_per_s,memory_mb,state\n".to_owned();
    for run in 0..8 + random.below(120) {
        let latency = level * (1.0 + 0.05 * random.normal().abs());
        let rate = 4000.0 / latency;
        let memory = 400 + random.below(60);
        let state = if random.below(40) == 0 { "\"slow, disturbed\"" } else { "ok" };
        let _ = writeln!(text, "{run},{latency:.3},{rate:.2},{memory},{state}");
    }
    (format!("runs/{task}/series_{index:03}.csv"), text.into_bytes())
}

fn results(index: usize, random: &mut Random) -> Made {
    let model = MODELS[index % MODELS.len()];
    let latencies: Vec<f64> =
        (0..5 + random.below(30)).map(|_| (1000.0 * (80.0 + 9.0 * random.normal())).round() / 1000.0).collect();
    let document = json!({
        "configuration": {"model": model, "context": 256 << random.below(4), "layers": random.below(120), "stream": true},
        "latencies_ms": latencies,
        "completed": random.below(20) != 0,
    });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    (format!("results/{model}/configuration_{index:03}.json"), text.into_bytes())
}

fn notes(index: usize, random: &mut Random) -> Made {
    let task = TASKS[index % TASKS.len()];
    let mut text = format!("# Notes on {task}, session {index}\n");
    for section in 0..2 + random.below(3) {
        let _ = write!(text, "\n## Part {section}\n\n");
        for _ in 0..2 + random.below(4) {
            let _ = writeln!(text, "{}", REMARKS[random.below(REMARKS.len() as u64) as usize]);
        }
    }
    (format!("notes/{task}_{index:02}.md"), text.into_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_corpus_has_101_files_and_is_its_seeds_own() {
        let files = make(7);
        let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((files.len(), names.len()), (FILES, FILES));
        assert_eq!(files, make(7));
        assert_ne!(files, make(8));
        let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!((80_000..400_000).contains(&bytes), "{bytes}");
        for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with("json")) {
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
