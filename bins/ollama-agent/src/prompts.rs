//! The prompts, from the one file that every language reads.

use serde::Deserialize;

const TEMPLATES: &str = include_str!("../prompts.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompts {
    analysis: Vec<String>,
    report: Vec<String>,
    canned_analysis: Vec<String>,
}

impl Prompts {
    pub fn load() -> Self {
        serde_json::from_str(TEMPLATES).expect("prompts.json is tested")
    }

    pub fn analysis(&self, summary: &str) -> String {
        self.analysis.join("\n").replacen("{{summary}}", summary, 1)
    }

    pub fn report(&self, analysis: &str) -> String {
        self.report.join("\n").replacen("{{analysis}}", analysis, 1)
    }

    pub fn canned_analysis(&self) -> String {
        self.canned_analysis.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_template_takes_its_text_once() {
        let prompts = Prompts::load();
        assert!(prompts.analysis("{{summary}} A").contains("\n{{summary}} A\n"));
        assert!(prompts.report("B").contains("\nB\n") && !prompts.report("B").contains("{{"));
        assert!(!prompts.canned_analysis().is_empty());
    }
}
