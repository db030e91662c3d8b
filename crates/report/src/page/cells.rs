//! Every comparison in one table, then each cell with its runs, its parity and the way to run it again.

use schema::analysis::CellAnalysis;

use super::Drawings;
use crate::Study;
use crate::html::Html;
use crate::number;
use crate::orient;
use crate::views;
use crate::words;

pub(super) fn section(page: &mut Html, study: &Study<'_>, drawings: &Drawings<'_>) {
    page.open("section", &[("id", "cells")]);
    page.fixed("<h2>Cell by cell</h2>\n");
    if study.analysis.measures {
        let comparisons = views::comparisons(study.analysis);
        if comparisons.rows.is_empty() {
            page.fixed("<p>No two implementations could be compared.</p>\n");
        } else {
            page.append(&comparisons.to_html());
        }
        drawings.show(page, |plot| plot.block_id.is_none() && plot.file.starts_with("ratios_memory"));
    }
    for cell in &study.analysis.cells {
        one(page, study, cell, drawings);
    }
    page.close("section");
}

fn one(page: &mut Html, study: &Study<'_>, cell: &CellAnalysis, drawings: &Drawings<'_>) {
    page.open("details", &[("id", &views::anchor(cell)[1..]), ("class", "cell")]);
    page.element("summary", &[], &cell.cell.label);
    page.append(&views::arms(cell).to_html());
    if study.analysis.measures {
        verdicts(page, cell);
        drawings.show(page, |plot| plot.block_id.as_ref() == Some(&cell.block_id));
        page.append(&views::metrics(cell).to_html());
    }
    if cell.parity.is_empty() {
        page.fixed("<p>No outputs could be compared.</p>\n");
    } else {
        page.append(&views::parity(cell).to_html());
    }
    if let Some(runs) = views::runs(cell).filter(|_| study.analysis.measures) {
        page.append(&runs.to_html());
    }
    links(page, study, cell);
    page.close("details");
}

fn verdicts(page: &mut Html, cell: &CellAnalysis) {
    page.open("ul", &[("class", "verdicts")]);
    for comparison in &cell.comparisons {
        page.open("li", &[]).text(&words::sentence(cell, comparison));
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
        page.element("span", &[("class", "why")], &format!(" {}", why.join(" · "))).close("li");
    }
    page.close("ul");
}

fn links(page: &mut Html, study: &Study<'_>, cell: &CellAnalysis) {
    page.open("p", &[]);
    let records = format!("records/{}/records.jsonl", cell.block_id);
    page.text("The records of every run: ").element("a", &[("href", &records)], &records).close("p");
    if let Some(command) = views::again(study, cell) {
        page.fixed("<p>Just this cell again, from the checkout:</p>\n");
        page.open("pre", &[("tabindex", "0")]).element("code", &[], &command).close("pre");
    }
}
