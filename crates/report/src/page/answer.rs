//! The first screen: what came out, library against library first, tuned beside it; then, in a line
//! each, how sure, why, and what this machine could not show.

use schema::analysis::{CellAnalysis, Comparison, Role};
use schema::id::Id;

use super::Drawings;
use crate::Study;
use crate::assessment::{compared, partial_words, tasks};
use crate::colour;
use crate::html::Html;
use crate::number;
use crate::orient;
use crate::plots::ratios_file;
use crate::reasons;
use crate::tally::{self, InCell};
use crate::views;
use crate::words;

pub(super) fn section(page: &mut Html, study: &Study<'_>, drawings: &Drawings<'_>) {
    let analysis = study.analysis;
    page.open("section", &[("id", "answer")]);
    page.fixed("<h2 class=\"quiet\">The answer</h2>\n");
    notices(page, study);
    if analysis.cells.is_empty() {
        page.element("p", &[("class", "lead")], "There is no answer: no cell was analysed.");
    }
    // A smoke study measures nothing, so nothing here may look like a result.
    if analysis.measures {
        for (domain, task) in tasks(analysis) {
            one_task(page, study, domain, task);
        }
    } else {
        for answer in &study.assessment.answers {
            page.open("p", &[("class", "lead")]);
            page.element("span", &[("class", "kind")], answer.task.as_str())
                .text(" ")
                .prose(&answer.sentence)
                .close("p");
        }
    }
    in_a_line_each(page, study);
    if analysis.measures {
        drawings.show(page, |plot| plot.file == ratios_file(Role::Library) || plot.file == ratios_file(Role::Tuned));
    }
    page.close("section");
}

fn notices(page: &mut Html, study: &Study<'_>) {
    let analysis = study.analysis;
    let mut notice = |text: &str| {
        page.element_of_prose("p", &[("class", "notice"), ("role", "note")], text).fixed("\n");
    };
    if !analysis.measures {
        notice("A smoke report: it proves that everything works and measures nothing.");
    }
    if !analysis.measured_build {
        notice(&format!(
            "Not a measured build: profile `{}` is for tests and never a basis for a figure.",
            analysis.build_profile
        ));
    }
    if (analysis.cells.len() as u32) < analysis.cells_planned {
        notice(&partial_words(analysis));
    }
}

fn one_task(page: &mut Html, study: &Study<'_>, domain: &Id, task: &Id) {
    let cells: Vec<&CellAnalysis> = study.analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
    page.open("article", &[("class", "task")]);
    page.open("h3", &[]).element("a", &[("href", &views::task_anchor(task))], task.as_str());
    page.text(" ").element("small", &[], domain.as_str()).close("h3");
    page.open("div", &[("class", "pairs")]);
    let mut found = false;
    for role in [Role::Library, Role::Tuned] {
        let compared = compared(&cells, role);
        found |= !compared.is_empty();
        match compared.as_slice() {
            [] => {}
            [one] => {
                page.open("div", &[("class", "pair")]);
                kind(page, role);
                pair(page, study, one);
                page.close("div");
            }
            many => several(page, study, role, many),
        }
    }
    if !found {
        let answer = study.assessment.answers.iter().find(|answer| answer.task == *task);
        page.element_of_prose(
            "p",
            &[],
            answer.map_or("No pair of implementations could be compared.", |a| &a.sentence),
        );
    }
    page.close("div").close("article");
}

fn kind(page: &mut Html, role: Role) {
    let kind = if role == Role::Tuned { "What is reachable: tuned against tuned" } else { "Library against library" };
    page.element("p", &[("class", "kind")], kind);
}

/// The comparisons of one class, warm and cold apart: a single one whole, many counted.
fn several(page: &mut Html, study: &Study<'_>, role: Role, found: &[InCell<'_>]) {
    page.open("div", &[("class", "pair")]);
    kind(page, role);
    for tally in tally::by_mode(found) {
        let mut of_mode = found.iter().filter(|(cell, _)| cell.cell.mode == tally.mode);
        match of_mode.next() {
            Some(one) if tally.compared == 1 => pair(page, study, one),
            _ => {
                page.element("p", &[("class", "factor word")], &tally.short());
                page.element("p", &[("class", "said")], &tally.sentence());
            }
        }
    }
    page.close("div");
}

fn pair(page: &mut Html, study: &Study<'_>, (cell, comparison): &InCell<'_>) {
    figure(page, study, comparison);
    page.element_of_prose("p", &[("class", "said")], &words::sentence(cell, comparison));
    page.open("p", &[("class", "marks")]);
    page.open("a", &[("class", "mark"), ("href", &views::anchor(cell))]).text(&cell.cell.label).close("a");
    page.element("span", &[("class", "mark")], &format!("results: {}", words::parity(comparison.parity)));
    page.element("span", &[("class", "mark")], &words::verdict_with_winner(comparison));
    if orient::depends_on_assumptions(comparison) {
        page.element("span", &[("class", "mark")], "depends on assumptions: no headline");
    }
    page.close("p");
}

/// The big figure: a factor where the verdict calls one side better, else the verdict itself.
fn figure(page: &mut Html, study: &Study<'_>, comparison: &Comparison) {
    let winner = orient::winner(comparison).filter(|_| !orient::depends_on_assumptions(comparison));
    let (Some(winner), Some(oriented)) = (winner, orient::orient(comparison)) else {
        page.element("p", &[("class", "factor word")], words::verdict(comparison.verdict));
        return;
    };
    let colours = colour::of_implementations(study.analysis);
    let class = colour::class(colours.get(&winner.implementation).copied().unwrap_or_default());
    page.open("p", &[("class", "factor")]);
    page.element("b", &[("class", class)], &format!("{}×", number::ratio(oriented.factor, oriented.interval)));
    let better = if comparison.unit == "ns" { "faster" } else { "less" };
    page.element("span", &[], &format!(" {better}: {winner}"));
    page.close("p");
}

fn in_a_line_each(page: &mut Html, study: &Study<'_>) {
    let analysis = study.analysis;
    page.open("dl", &[("class", "lines")]);
    let mut line = |name: &str, text: &str| {
        page.element("dt", &[], name).element_of_prose("dd", &[], text);
    };
    if analysis.measures {
        if let Some(sure) = reasons::how_sure(analysis) {
            line("How sure", &sure);
        }
        if let Some(why) = reasons::why(analysis) {
            line("Why", &why);
        }
        line("Not shown", &reasons::resolution(analysis));
    }
    let runs = &analysis.runs;
    line(
        "Runs",
        &format!(
            "{}: {} ok, {} failed ({} unexpected), {} skipped, {} disturbed and kept.",
            number::count(runs.attempted, "run", "runs"),
            runs.ok,
            runs.failed,
            runs.unexpected,
            runs.skipped,
            runs.disturbed
        ),
    );
    page.close("dl");
}
