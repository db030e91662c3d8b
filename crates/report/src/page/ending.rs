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
    let availability = views::availability(study);
    if !availability.rows.is_empty() {
        page.append(&availability.to_html());
    }
    page.append(&views::provenance(study).to_html());
    let not_read = views::not_read(study.analysis);
    if !not_read.rows.is_empty() {
        page.append(&not_read.to_html());
    }
    notes(page, study);
    page.fixed("<p>The whole study again, measured anew:</p>\n");
    page.open("pre", &[("tabindex", "0")]);
    page.element("code", &[], &launch(study)).close("pre");
    page.fixed(
        "<p>Figures for programs: <a href=\"assessment.json\">assessment.json</a>, \
         <a href=\"analysis/analysis.json\">analysis.json</a>, <a href=\"plan.json\">plan.json</a>, \
         <a href=\"selection.json\">selection.json</a>, <a href=\"manifest.json\">manifest.json</a>.</p>\n",
    );
    page.close("section");
}

/// The study as it was asked for, to be typed again.
fn launch(study: &Study<'_>) -> String {
    let options = &study.selection.options;
    let given = [
        ("dataset", &options.dataset),
        ("target", &options.target),
        ("drop_columns", &options.drop_columns),
        ("dataset_file", &options.dataset_file),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some(format!(" --{name} {}", quoted(value.as_ref()?))));
    format!("scripts/run --study {}{} --fresh", quoted(&options.study), given.collect::<String>())
}

/// One word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn notes(page: &mut Html, study: &Study<'_>) {
    let of_study = &study.selection.study.notes;
    for note in of_study.iter().chain(study.plan.notes.iter().filter(|note| !of_study.contains(note))) {
        page.element_of_prose("p", &[("class", "note")], note).fixed("\n");
    }
}
