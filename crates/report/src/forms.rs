//! Further forms of the report, on request: a technical report, LaTeX tables, the figures as one
//! PDF, a methods paragraph and a citation.

mod pdf;

use std::fmt::Write;

use schema::analysis::CellAnalysis;

use crate::Study;
use crate::assessment::tasks;
use crate::number::{count, significant};
use crate::reasons;
use crate::table::{Table, markdown};
use crate::views;

pub struct Form {
    /// What `--report_forms` calls it.
    pub name: &'static str,
    pub file: &'static str,
    pub make: fn(&Study<'_>) -> Vec<u8>,
}

pub const FORMS: &[Form] = &[
    Form { name: "technical", file: "technical-report.md", make: |study| technical_report(study).into_bytes() },
    Form { name: "technical", file: "methods.md", make: |study| format!("{}\n", methods(study)).into_bytes() },
    Form { name: "latex", file: "tables.tex", make: |study| latex(study).into_bytes() },
    Form { name: "pdf", file: "figures.pdf", make: figures },
    Form { name: "citation", file: "CITATION.cff", make: |study| citation(study).into_bytes() },
];

/// The forms that were asked for on the command line.
pub fn asked_for(study: &Study<'_>) -> impl Iterator<Item = &'static Form> {
    let asked = study.selection.options.report_forms.clone().unwrap_or_default();
    FORMS.iter().filter(move |form| asked.split(',').any(|name| name.trim() == form.name))
}

/// What a paper says of how it measured, with this study's own numbers.
pub fn methods(study: &Study<'_>) -> String {
    let (analysis, selection) = (study.analysis, study.selection);
    let machine = &analysis.fingerprint;
    let margins = &selection.study.margins;
    let mut versions: Vec<String> = study
        .implementations
        .values()
        .filter_map(|of| of.describe.as_ref())
        .map(|describe| format!("{} {}", describe.framework, describe.framework_version))
        .collect();
    versions.sort();
    versions.dedup();
    format!(
        "Measurements were made with Ferrobench on one machine ({}, {}, {} GiB of memory, Linux {}). {} of {} were compared \
         in {} of {}. Every run was a process of its own, watched from outside; in each round every implementation ran \
         once, in an order shuffled from seed {}, and a round is one pair. Costs were compared by the mean of the paired \
         logarithms with its 95 % t interval; p-values were adjusted by Holm (declared claims) and by Benjamini and \
         Hochberg (tables); practical margins of {} (time) and {} (memory) were fixed before the data. Outputs of both \
         sides were compared by each task's parity rules, and pairs that did unequal work have no ratio. {} of {} ended \
         well; none was excluded. Programs were built with profile {}. Versions: {}.",
        markdown(&machine.cpu_model),
        count(machine.cores, "core", "cores"),
        machine.memory_gib,
        markdown(&machine.kernel),
        count(analysis.cells.len() as u32, "cell", "cells"),
        count(analysis.cells_planned, "planned cell", "planned cells"),
        count(analysis.runs.attempted, "run", "runs"),
        count(tasks(analysis).len() as u32, "task", "tasks"),
        selection.options.seed.unwrap_or(selection.study.seed),
        margins.time,
        margins.memory,
        analysis.runs.ok,
        count(analysis.runs.attempted, "run", "runs"),
        markdown(&analysis.build_profile),
        markdown(&versions.join(", "))
    )
}

/// The same facts in the order of a paper.
fn technical_report(study: &Study<'_>) -> String {
    let analysis = study.analysis;
    let mut text = format!("# {}\n\n## Abstract\n\n", markdown(&analysis.title));
    if !analysis.measures {
        text.push_str("**A smoke report: it proves that everything works and measures nothing.**\n\n");
    }
    for answer in &study.assessment.answers {
        let _ = write!(text, "{} ({}). ", markdown(&answer.sentence), answer.task);
    }
    text.push_str("\n\n## 1. Question\n\nShould this work be done in Rust or in Python, on this machine?\n\n");
    for note in &study.selection.study.notes {
        let _ = write!(text, "{}\n\n", markdown(note));
    }
    let _ = write!(text, "## 2. Methods\n\n{}\n\n## 3. Results\n\n", methods(study));
    if analysis.measures {
        for table in results(study) {
            add(&mut text, &table);
        }
        add(&mut text, &views::pooled(analysis));
    }
    text.push_str("## 4. How sure, and what could not be shown\n\n");
    if let Some(sure) = reasons::how_sure(analysis).filter(|_| analysis.measures) {
        let _ = write!(text, "{}\n\n", markdown(&sure));
    }
    for line in study.assessment.limits.iter().chain(&study.assessment.warnings) {
        let _ = writeln!(text, "- {}", markdown(line));
    }
    text.push('\n');
    add(&mut text, &views::claims(&study.assessment.claims));
    add(&mut text, &views::calibration(analysis));
    if !study.assessment.decisions.is_empty() {
        text.push_str("## 5. What to choose\n\n");
        for decision in &study.assessment.decisions {
            let words = markdown(&views::recommendation(decision));
            let _ = writeln!(text, "- {}, {}: {words}", decision.task, markdown(&decision.title));
        }
        text.push('\n');
    }
    text.push_str("## Appendix: what it rests on\n\n");
    add(&mut text, &views::implementations(study));
    add(&mut text, &views::left_out(study));
    add(&mut text, &views::provenance(study));
    text
}

fn results<'a>(study: &'a Study<'_>) -> impl Iterator<Item = Table> + 'a {
    tasks(study.analysis).into_iter().map(|(_, task)| {
        let cells: Vec<&CellAnalysis> = study.analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
        views::headline(&cells, task)
    })
}

fn add(text: &mut String, table: &Table) {
    if !table.rows.is_empty() {
        text.push_str(&table.to_markdown());
        text.push('\n');
    }
}

fn latex(study: &Study<'_>) -> String {
    let mut text = String::from(
        "% Made by Ferrobench. In the preamble: \\usepackage{booktabs,longtable,textcomp}, XeLaTeX or LuaLaTeX.\n",
    );
    let analysis = study.analysis;
    let tables = results(study).chain([views::pooled(analysis), views::resolution(analysis)]);
    for table in tables.filter(|table| analysis.measures && !table.rows.is_empty()) {
        text.push_str(&table.to_latex());
    }
    text
}

/// Every figure of the study, a page each; a cell's own ones too while they are few.
fn figures(study: &Study<'_>) -> Vec<u8> {
    const PAGES_MAX: usize = 400;
    pdf::document(study.plots.iter().take(PAGES_MAX).map(|(plot, svg)| (plot.title.as_str(), svg.as_str())))
}

/// Citation File Format 1.2.0; the author is the person's own to fill in.
fn citation(study: &Study<'_>) -> String {
    let quoted = |text: &str| serde_json::Value::from(schema::fault::visible(text)).to_string();
    format!(
        "cff-version: 1.2.0\nmessage: \"If you use these results, cite them as below. Fill in the author.\"\ntype: dataset\n\
         title: {}\nauthors:\n  - name: \"The person who ran this study\"\nabstract: {}\nkeywords: [benchmark, Rust, Python]\n\
         identifiers:\n  - type: other\n    value: {}\n    description: \"sha256 of the study file\"\n",
        quoted(&format!("Ferrobench study {}: {}", study.analysis.study, study.analysis.title)),
        quoted(&format!(
            "{} of {}, {} ok, seed {}, smallest margin {}.",
            count(study.analysis.runs.attempted, "run", "runs"),
            count(study.analysis.cells.len() as u32, "cell", "cells"),
            study.analysis.runs.ok,
            study.selection.options.seed.unwrap_or(study.selection.study.seed),
            significant(study.selection.study.margins.time, 3)
        )),
        quoted(&format!("sha256:{}", study.selection.study_digest))
    )
}

#[cfg(test)]
mod tests;
