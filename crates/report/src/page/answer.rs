//! The first screen: what came out, library against library first, tuned beside it.

use schema::analysis::{CellAnalysis, Comparison, Role, Verdict};

use super::Drawings;
use crate::Study;
use crate::assessment::partial_words;
use crate::colour;
use crate::html::Html;
use crate::number;
use crate::orient;
use crate::plots::ratios_file;
use crate::views;
use crate::words;

/// With more cells than these the answer is the sentences; the cells stand in the table below.
const CARDS_MAX: usize = 8;

pub(super) fn section(page: &mut Html, study: &Study<'_>, drawings: &Drawings<'_>) {
    let analysis = study.analysis;
    page.open("section", &[("id", "answer")]);
    page.fixed("<h2 class=\"quiet\">The answer</h2>\n");
    notices(page, study);
    if analysis.cells.is_empty() {
        page.element("p", &[("class", "lead")], "There is no answer: no cell was analysed.");
    }
    for answer in &study.assessment.answers {
        page.open("p", &[("class", "lead")]);
        page.element("span", &[("class", "task")], answer.task.as_str()).text(" ").text(&answer.sentence);
        page.close("p");
    }
    runs(page, study);
    // A smoke study measures nothing, so nothing here may look like a result.
    if analysis.measures {
        if analysis.cells.len() <= CARDS_MAX {
            cards(page, study);
        }
        drawings.show(page, |plot| plot.file == ratios_file(Role::Library) || plot.file == ratios_file(Role::Tuned));
    }
    page.close("section");
}

fn notices(page: &mut Html, study: &Study<'_>) {
    let analysis = study.analysis;
    let mut notice = |text: &str| {
        page.element("p", &[("class", "notice"), ("role", "note")], text).fixed("\n");
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

fn runs(page: &mut Html, study: &Study<'_>) {
    let runs = &study.analysis.runs;
    page.element(
        "p",
        &[("class", "runs")],
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
    for resolution in study.analysis.resolution.iter().filter(|_| study.analysis.measures) {
        if let Some(ratio) = resolution.ratio {
            let of = format!("{}, {}", resolution.domain, orient::metric_name(&resolution.metric));
            let text =
                format!("Resolution of this machine today ({of}): a ratio of {}.", number::significant(ratio, 4));
            page.element("p", &[("class", "runs")], &text);
        }
    }
}

fn cards(page: &mut Html, study: &Study<'_>) {
    page.open("div", &[("class", "cards")]);
    for cell in &study.analysis.cells {
        page.open("article", &[("class", "card")]);
        page.open("h3", &[]).element("a", &[("href", &views::anchor(cell))], &cell.cell.label).close("h3");
        page.open("div", &[("class", "pairs")]);
        let mut found = false;
        for role in [Role::Library, Role::Tuned] {
            for comparison in orient::primary(cell, role) {
                pair(page, study, cell, comparison);
                found = true;
            }
        }
        if !found {
            page.element("p", &[], "No pair of implementations could be compared here.");
        }
        page.close("div").close("article");
    }
    page.close("div");
}

fn pair(page: &mut Html, study: &Study<'_>, cell: &CellAnalysis, comparison: &Comparison) {
    page.open("div", &[("class", "pair")]);
    let kind = if comparison.role == Role::Tuned {
        "What is reachable: tuned against tuned"
    } else {
        "Library against library"
    };
    page.element("p", &[("class", "kind")], kind);
    figure(page, study, comparison);
    page.element("p", &[], &words::sentence(cell, comparison));
    page.open("p", &[("class", "marks")]);
    page.element("span", &[("class", "mark")], &format!("results: {}", words::parity(comparison.parity)));
    page.element("span", &[("class", "mark")], words::verdict(comparison.verdict));
    if orient::depends_on_assumptions(comparison) {
        page.element("span", &[("class", "mark")], "depends on assumptions: no headline");
    }
    page.close("p").close("div");
}

/// The big figure: a factor where the verdict calls one side better, else the verdict itself.
fn figure(page: &mut Html, study: &Study<'_>, comparison: &Comparison) {
    let winner = orient::winner(comparison).filter(|_| !orient::depends_on_assumptions(comparison));
    match (winner, orient::orient(comparison)) {
        (Some(winner), Some(oriented)) => {
            let colours = colour::of_implementations(study.analysis);
            let class = colour::class(colours.get(&winner.implementation).copied().unwrap_or_default());
            page.open("p", &[("class", "factor")]);
            page.element("b", &[("class", class)], &format!("{}×", number::ratio(oriented.factor, oriented.interval)));
            let better = if comparison.unit == "ns" { "faster" } else { "less" };
            page.element("span", &[], &format!(" {better}: {winner}"));
            page.close("p");
        }
        _ if comparison.verdict == Verdict::WithinMargin => {
            page.element("p", &[("class", "factor word")], "within the margin");
        }
        _ => {
            page.element("p", &[("class", "factor word")], words::verdict(comparison.verdict));
        }
    }
}
