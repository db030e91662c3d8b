//! report.md: the page's content as text that reads well where it is not rendered.

use std::fmt::Write;

use schema::analysis::CellAnalysis;

use crate::Study;
use crate::assessment::{partial_words, tasks};
use crate::kinds;
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
    if (analysis.cells.len() as u32) < analysis.cells_planned {
        let _ = write!(text, "**{}**\n\n", markdown(&partial_words(analysis)));
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
    for (kind, lines) in kinds::grouped(&study.assessment.warnings) {
        if let Some(kind) = kind {
            let _ = write!(text, "**{}** ({}). {}\n\n", kind.title, kinds::counted(&lines), kind.meaning);
        }
        list(&mut text, &lines);
    }
    add(&mut text, &views::claims(&study.assessment.claims));
    if analysis.measures {
        add(&mut text, &views::pooled(analysis));
        add(&mut text, &views::resolution(analysis));
        add(&mut text, &views::calibration(analysis));
        add(&mut text, &views::disturbed(&analysis.cells));
        add(&mut text, &views::success(analysis));
        add(&mut text, &views::variation(analysis));
        add(&mut text, &views::sensitivity(analysis));
        heading(&mut text, "Domain by domain");
        for (_, task) in tasks(analysis) {
            let cells: Vec<&CellAnalysis> = analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
            add(&mut text, &views::headline(&cells, task));
        }
    }
    if !study.assessment.decisions.is_empty() {
        heading(&mut text, "What to choose");
        for decision in &study.assessment.decisions {
            let words = views::recommendation(decision);
            let _ = write!(text, "- {}, {}: {}\n\n", decision.task, markdown(&decision.title), markdown(&words));
            add(&mut text, &views::matrix(decision));
        }
        add(&mut text, &views::grounds(&study.assessment.decisions));
        add(&mut text, &crate::costs::break_even_table(analysis, &study.assessment.break_even));
        if let Some(costs) = study.inputs.and_then(|inputs| crate::costs::money(analysis, &inputs.costs)) {
            add(&mut text, &costs);
        }
    }
    heading(&mut text, "Cell by cell");
    for cell in &analysis.cells {
        one(&mut text, study, cell);
    }
    heading(&mut text, "What it rests on");
    add(&mut text, &views::implementations(study));
    add(&mut text, &views::ecosystem(study.selection));
    add(&mut text, &views::left_out(study));
    add(&mut text, &views::provenance(study));
    add(&mut text, &views::not_read(analysis));
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
        add(text, &views::comparisons(cell));
        add(text, &views::companions(cell));
        add(text, &views::metrics(cell));
        add(text, &views::used(cell));
    }
    add(text, &views::parity(cell));
    let _ = write!(text, "Records: `{}`\n\n", views::records(cell));
    if let Some(command) = views::again(study, cell) {
        let _ = write!(text, "Just this cell again: `{command}`\n\n");
    }
    if let Some(command) = views::own_data(study, cell) {
        let _ = write!(text, "The same on data of your own: `{command}`\n\n");
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
