//! What everything rests on: implementations, what was left out, study, machine, and the way to repeat it.

use crate::Study;
use crate::html::Html;
use crate::views;

pub(super) fn section(page: &mut Html, study: &Study<'_>) {
    page.open("section", &[("id", "rests_on")]);
    page.fixed("<h2>What it rests on</h2>\n");
    let implementations = views::implementations(study);
    if implementations.rows.is_empty() {
        page.fixed("<p>No implementation was made ready.</p>\n");
    } else {
        page.append(&implementations.to_html());
    }
    let left_out = views::left_out(study);
    if left_out.rows.is_empty() {
        page.fixed("<p>Nothing was left out.</p>\n");
    } else {
        page.append(&left_out.to_html());
    }
    page.append(&views::provenance(study).to_html());
    notes(page, study);
    page.fixed("<p>The whole study again, measured anew:</p>\n");
    page.open("pre", &[("tabindex", "0")]);
    page.element("code", &[], &format!("scripts/run --study {} --fresh", study.analysis.study)).close("pre");
    page.fixed(
        "<p>Figures for programs: <a href=\"assessment.json\">assessment.json</a>, \
         <a href=\"analysis/analysis.json\">analysis.json</a>, <a href=\"plan.json\">plan.json</a>, \
         <a href=\"selection.json\">selection.json</a>, <a href=\"manifest.json\">manifest.json</a>.</p>\n",
    );
    page.close("section");
}

fn notes(page: &mut Html, study: &Study<'_>) {
    for note in study.selection.study.notes.iter().chain(&study.plan.notes) {
        page.element("p", &[("class", "note")], note).fixed("\n");
    }
}
