//! What to choose: the recommendation of each use case, how firm it is, the matrix behind it, what
//! it costs, and what is known of the frameworks.

use schema::assessment::AssessmentInputs;

use crate::Study;
use crate::costs;
use crate::html::Html;
use crate::table::Table;
use crate::views;

pub(super) fn section(page: &mut Html, study: &Study<'_>) {
    let assessment = study.assessment;
    if assessment.decisions.is_empty() && study.selection.frameworks.is_empty() {
        return;
    }
    page.open("section", &[("id", "decision")]);
    page.fixed("<h2>What to choose</h2>\n");
    for (_, task) in crate::assessment::tasks(study.analysis) {
        let of_task: Vec<_> = assessment.decisions.iter().filter(|decision| decision.task == *task).collect();
        if of_task.is_empty() {
            continue;
        }
        page.element("h3", &[], task.as_str());
        page.open("dl", &[("class", "lines")]);
        for decision in &of_task {
            page.element("dt", &[], &decision.title).element("dd", &[], &views::recommendation(decision));
        }
        page.close("dl");
        folded(page, "The matrices, and what each score rests on", |page| {
            for decision in &of_task {
                page.append(&views::matrix(decision).to_html());
            }
            page.append(&views::grounds(of_task.iter().copied()).to_html());
        });
    }
    if !assessment.decisions.is_empty() {
        page.fixed(
            "<p class=\"note\">Weights are yours to set in config/assessment.yaml. A way is ranked only when every \
             criterion that counts is known of it. Draws vary each weight and each measured mean within what it is \
             uncertain by; this says nothing about criteria that are missing.</p>\n",
        );
    }
    if let Some(inputs) = study.inputs {
        money(page, study, inputs);
    }
    table(page, &views::ecosystem(study.selection), "What is known of the frameworks");
    page.close("section");
}

fn money(page: &mut Html, study: &Study<'_>, inputs: &AssessmentInputs) {
    table(
        page,
        &costs::break_even_table(study.analysis, &study.assessment.break_even),
        "After how many runs a build is paid back",
    );
    if let Some(costs) = costs::money(study.analysis, &inputs.costs).filter(|_| study.analysis.measures) {
        table(page, &costs, "What it costs");
    } else {
        let empty = costs::empty_inputs(&inputs.costs);
        page.element(
            "p",
            &[("class", "note")],
            &format!("No costs are computed: config/assessment.yaml leaves {} empty.", empty.join(", ")),
        );
    }
}

fn table(page: &mut Html, table: &Table, summary: &str) {
    if !table.rows.is_empty() {
        folded(page, summary, |page| {
            page.append(&table.to_html());
        });
    }
}

fn folded(page: &mut Html, summary: &str, inside: impl FnOnce(&mut Html)) {
    page.open("details", &[]).element("summary", &[], summary);
    inside(page);
    page.close("details");
}
