//! How sure the answer is, and why: what the machine could not show, warnings, claims, calibration
//! and the method in plain words.

use crate::Study;
use crate::html::Html;
use crate::kinds;
use crate::views;

/// Lines of a list that are shown; the rest stands in assessment.json.
const LINES_MAX: usize = 40;
/// Rows of a table over all cells.
const ROWS_MAX: usize = 100;

pub(super) fn section(page: &mut Html, study: &Study<'_>) {
    let analysis = study.analysis;
    page.open("section", &[("id", "certainty")]);
    page.fixed("<h2>How sure, and why</h2>\n");
    page.fixed("<h3>What could not be shown here</h3>\n");
    list(page, &study.assessment.limits);
    warnings(page, &study.assessment.warnings);
    if study.assessment.claims.is_empty() {
        page.fixed("<p>This study declares no claims.</p>\n");
    } else {
        page.append(&views::claims(&study.assessment.claims).to_html());
    }
    if analysis.measures {
        page.fixed("<p>Only the claims were declared before the data; every other comparison is exploratory.</p>\n");
        for table in [
            views::pooled(analysis),
            views::resolution(analysis),
            views::calibration(analysis).at_most(ROWS_MAX, "each stands with its cell"),
            views::disturbed(&analysis.cells).at_most(ROWS_MAX, "each stands with its cell"),
            views::success(analysis).at_most(ROWS_MAX, "the rest stands in analysis.json"),
            views::variation(analysis).at_most(ROWS_MAX, "the rest stands in analysis.json"),
            views::sensitivity(analysis).at_most(ROWS_MAX, "the rest stands in analysis.json"),
        ] {
            if !table.rows.is_empty() {
                page.append(&table.to_html());
            }
        }
    }
    method(page);
    page.close("section");
}

/// What concerns the whole study stands open; what concerns single cells is folded, kind by kind.
fn warnings(page: &mut Html, warnings: &[String]) {
    let kinds = kinds::grouped(warnings);
    if kinds.is_empty() {
        return;
    }
    page.fixed("<h3>Warnings</h3>\n");
    for (kind, lines) in kinds {
        let Some(kind) = kind else {
            list(page, &lines);
            continue;
        };
        page.open("details", &[("class", "warnings")]);
        page.open("summary", &[]).text(kind.title).text(" ").element("small", &[], &kinds::counted(&lines));
        page.close("summary").element("p", &[("class", "note")], kind.meaning);
        list(page, &lines);
        page.close("details");
    }
}

fn list(page: &mut Html, lines: &[String]) {
    page.open("ul", &[]);
    for line in lines.iter().take(LINES_MAX) {
        page.element_of_prose("li", &[], line).fixed("\n");
    }
    if lines.len() > LINES_MAX {
        page.open("li", &[]).text(&format!("… and {} more in ", lines.len() - LINES_MAX));
        page.element("a", &[("href", "assessment.json")], "assessment.json").text(".").close("li");
    }
    page.close("ul");
}

fn method(page: &mut Html) {
    page.fixed(
        "<details><summary>How this was measured</summary>\n\
         <p>Every run is a fresh process, watched from outside. The implementations take turns in shuffled rounds, and \
         each round is one pair: slow drift of the machine meets both sides alike. A run gives one value; iterations \
         inside a process are averaged first, because they share its luck.</p>\n\
         <p>The ratio is the geometric mean of the pairwise ratios; its 95 % interval is the t interval of their \
         logarithms. p-values are adjusted for the number of comparisons, by Holm for the claims and by \
         Benjamini and Hochberg for the tables. A difference is called material only when the whole interval lies \
         beyond the margin that was fixed before the data, and nothing is claimed below six pairs.</p>\n\
         <p>“No difference shown” does not mean that there is none: it comes with the difference that the run could \
         have shown. “Equivalent” means that the 90 % interval lies inside the margin. A ratio enters a headline only \
         when both sides are shown to have done the same work.</p>\n\
         <p>A <b>library</b> implementation uses a published library as its documentation says; a <b>tuned</b> one is \
         the best that an expert can do in that language. Warm cells compare the work after warm-up, cold cells the \
         whole process; the two never stand in one average.</p></details>\n",
    );
}
