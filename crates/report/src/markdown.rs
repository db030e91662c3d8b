//! report.md: the page's content as text that reads well where it is not rendered.

use std::fmt::Write;

use schema::analysis::CellAnalysis;

use crate::Study;
use crate::table::{Table, markdown};
use crate::views;
use crate::words;

pub fn report(study: &Study<'_>) -> String {
    let analysis = study.analysis;
    let mut text = format!("# {}\n\n", markdown(&analysis.title));
    if !analysis.measures {
        text.push_str("**A smoke report: it proves that everything works and measures nothing.**\n\n");
    }
    if !analysis.measured_build {
        text.push_str("**Not a measured build: never a basis for a figure.**\n\n");
    }
    heading(&mut text, "The answer");
    if analysis.cells.is_empty() {
        text.push_str("There is no answer: no cell was analysed.\n\n");
    }
    for answer in &study.assessment.answers {
        let _ = write!(text, "**{}**: {}\n\n", markdown(answer.task.as_str()), markdown(&answer.sentence));
    }
    let runs = &analysis.runs;
    let _ = write!(
        text,
        "Runs: {} attempted, {} ok, {} failed ({} unexpected), {} skipped, {} disturbed and kept.\n\n",
        runs.attempted, runs.ok, runs.failed, runs.unexpected, runs.skipped, runs.disturbed
    );
    heading(&mut text, "How sure, and why");
    list(&mut text, &study.assessment.limits);
    list(&mut text, &study.assessment.warnings);
    add(&mut text, &views::claims(&study.assessment.claims));
    if analysis.measures {
        add(&mut text, &views::calibration(analysis));
        heading(&mut text, "Every comparison");
        add(&mut text, &views::comparisons(analysis));
    }
    heading(&mut text, "Cell by cell");
    for cell in &analysis.cells {
        one(&mut text, study, cell);
    }
    heading(&mut text, "What it rests on");
    add(&mut text, &views::implementations(study));
    add(&mut text, &views::left_out(study));
    add(&mut text, &views::provenance(study));
    text
}

fn one(text: &mut String, study: &Study<'_>, cell: &CellAnalysis) {
    let _ = write!(text, "### {}\n\n", markdown(&cell.cell.label));
    if study.analysis.measures {
        let sentences: Vec<String> =
            cell.comparisons.iter().map(|comparison| words::sentence(cell, comparison)).collect();
        list(text, &sentences);
    }
    add(text, &views::arms(cell));
    if study.analysis.measures {
        add(text, &views::metrics(cell));
    }
    add(text, &views::parity(cell));
    let _ = write!(text, "Records: `records/{}/records.jsonl`\n\n", cell.block_id);
    if let Some(command) = views::again(study, cell) {
        let _ = write!(text, "Just this cell again: `{command}`\n\n");
    }
}

fn heading(text: &mut String, heading: &str) {
    let _ = write!(text, "## {heading}\n\n");
}

fn list(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "- {}", markdown(line));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
}

fn add(text: &mut String, table: &Table) {
    if !table.rows.is_empty() {
        text.push_str(&table.to_markdown());
        text.push('\n');
    }
}
