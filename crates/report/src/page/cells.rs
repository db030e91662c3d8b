//! Task by task the table of the answer; then each cell with its runs, its parity and the way to
//! run it again. Many cells are packed: the page stays small and opens at once.

use std::collections::BTreeSet;

use schema::analysis::CellAnalysis;
use schema::id::Id;

use super::Drawings;
use super::pack::Pack;
use crate::Study;
use crate::assessment::tasks;
use crate::html::Html;
use crate::number;
use crate::orient;
use crate::views;
use crate::words;

pub(super) fn section(page: &mut Html, study: &Study<'_>, drawings: &Drawings<'_>) {
    page.open("section", &[("id", "cells")]);
    page.fixed("<h2>Domain by domain</h2>\n");
    let mut pack = Pack::new(study.analysis.cells.len());
    let domains: BTreeSet<&Id> = tasks(study.analysis).into_iter().map(|(domain, _)| domain).collect();
    for domain in domains {
        page.element("h3", &[("class", "domain")], domain.as_str());
        for (_, task) in tasks(study.analysis).into_iter().filter(|(of, _)| *of == domain) {
            one_task(page, study, task, drawings, &mut pack);
        }
    }
    if study.analysis.measures {
        drawings.show(page, |plot| plot.block_id.is_none() && plot.file.starts_with("ratios_memory"));
    }
    pack.finish(page);
    page.close("section");
}

fn one_task(page: &mut Html, study: &Study<'_>, task: &Id, drawings: &Drawings<'_>, pack: &mut Pack) {
    let cells: Vec<&CellAnalysis> = study.analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
    page.element("h4", &[("id", &views::task_anchor(task)[1..])], task.as_str());
    if study.analysis.measures {
        let headline = views::headline(&cells, task);
        if headline.rows.is_empty() {
            page.fixed("<p>No two implementations could be compared.</p>\n");
        } else {
            page.append(&headline.to_html());
        }
        let of_task = format!("_{task}.svg");
        drawings.show(page, |plot| plot.block_id.is_none() && plot.file.ends_with(&of_task));
    }
    page.open("details", &[("class", "cells")]);
    page.element(
        "summary",
        &[],
        &format!("{} of {task}, one by one", number::count(cells.len() as u32, "cell", "cells")),
    );
    for cell in cells {
        page.open("details", &[("id", &views::anchor(cell)[1..]), ("class", "cell")]);
        page.element("summary", &[], &cell.cell.label);
        pack.add(page, &views::records(cell), |with_drawings| inside(study, cell, drawings, with_drawings));
        page.close("details");
    }
    page.close("details");
}

/// Everything about one cell.
fn inside(study: &Study<'_>, cell: &CellAnalysis, drawings: &Drawings<'_>, with_drawings: bool) -> Html {
    let mut page = Html::default();
    if study.analysis.measures {
        verdicts(&mut page, cell);
        drawings.show_or_link(&mut page, with_drawings, |plot| plot.block_id.as_ref() == Some(&cell.block_id));
    }
    page.append(&views::arms(cell).to_html());
    let disturbed = views::disturbed([cell]);
    if !disturbed.rows.is_empty() {
        page.append(&disturbed.to_html());
    }
    if study.analysis.measures {
        page.append(&views::comparisons(cell).to_html());
        let companions = views::companions(cell);
        if !companions.rows.is_empty() {
            page.append(&companions.to_html());
        }
        page.append(&views::metrics(cell).to_html());
        let used = views::used(cell);
        if !used.rows.is_empty() {
            page.append(&used.to_html());
        }
    }
    if cell.parity.is_empty() {
        page.fixed("<p>No outputs could be compared.</p>\n");
    } else {
        page.append(&views::parity(cell).to_html());
    }
    if let Some(runs) = views::runs(cell).filter(|_| study.analysis.measures) {
        page.append(&runs.to_html());
    }
    links(&mut page, study, cell);
    page
}

/// What the cell is about, in sentences; the other metrics stand in the table.
fn verdicts(page: &mut Html, cell: &CellAnalysis) {
    let metric = orient::primary_metric(cell);
    page.open("ul", &[("class", "verdicts")]);
    for comparison in cell.comparisons.iter().filter(|comparison| comparison.metric.as_str() == metric) {
        page.open("li", &[]).prose(&words::sentence(cell, comparison));
        let mut why: Vec<String> = Vec::new();
        if !comparison.because.is_empty() {
            why.push(format!("rule: {}", comparison.because));
        }
        why.extend(comparison.p_adjusted.map(|p| format!("adjusted p {}", number::p_value(p))));
        why.extend(
            comparison
                .sd_log_ratio
                .map(|sd| format!("standard deviation of the paired log ratios {}", number::significant(sd, 2))),
        );
        why.extend(
            comparison
                .detectable_ratio
                .map(|ratio| format!("detectable ratio {} at 80 % power", number::significant(ratio, 3))),
        );
        if orient::depends_on_assumptions(comparison) {
            why.push("depends on assumptions: the primary test and its companion disagree".to_owned());
        }
        why.extend(comparison.warnings.iter().cloned());
        page.element_of_prose("span", &[("class", "why")], &format!(" {}", why.join(" · "))).close("li");
    }
    page.close("ul");
}

fn links(page: &mut Html, study: &Study<'_>, cell: &CellAnalysis) {
    let records = views::records(cell);
    page.open("p", &[]);
    page.text("The records of every run, one a line: ").element("a", &[("href", &records)], &records);
    if let Some(arm) = cell.arms.first() {
        let run = views::run_id(cell, &arm.facts.arm, 0);
        page.text(" (round 0 of ").text(&arm.facts.arm.to_string()).text(" is run ");
        page.element("code", &[], &run).text(")");
    }
    page.text(".").close("p");
    for (what, command) in [
        ("Just this cell again, from the checkout:", views::again(study, cell)),
        ("The same on data of your own:", views::own_data(study, cell)),
    ] {
        let Some(command) = command else { continue };
        page.element("p", &[], what);
        page.open("pre", &[("tabindex", "0")]).element("code", &[], &command).close("pre");
    }
}
