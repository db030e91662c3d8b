//! deployment.md: how to run what was chosen, with numbers of this study or of config alone, and
//! what would be a reason to go back.

use std::collections::BTreeSet;
use std::fmt::Write;

use schema::analysis::{ArmAnalysis, CellAnalysis};
use schema::assessment::AssessmentInputs;
use schema::id::{Id, Variant};

use crate::Study;
use crate::alerts;
use crate::number::{quantity, significant};
use crate::orient;
use crate::table::markdown;
use crate::words;

pub fn document(study: &Study<'_>, inputs: &AssessmentInputs) -> String {
    let mut text = format!("# Deploying: {}\n\n", markdown(&study.analysis.title));
    if !study.analysis.measures || !study.analysis.measured_build {
        text.push_str("This study measured nothing that a deployment could rest on.\n");
        return text;
    }
    text.push_str("Every figure is of this study, on its machine, or of config/assessment.yaml. What is not here was neither measured nor stated.\n\n");
    for (_, task) in crate::assessment::tasks(study.analysis) {
        let _ = write!(text, "## {task}\n\n");
        recommendations(&mut text, study, task);
        settings(&mut text, study, task);
        stages(&mut text, study, inputs, task);
    }
    patterns(&mut text);
    text
}

fn recommendations(text: &mut String, study: &Study<'_>, task: &Id) {
    for decision in study.assessment.decisions.iter().filter(|decision| decision.task == *task) {
        let _ =
            writeln!(text, "- {}: {}", markdown(&decision.title), markdown(&crate::views::recommendation(decision)));
    }
    text.push('\n');
}

/// What each implementation ran with, and needs.
fn settings(text: &mut String, study: &Study<'_>, task: &Id) {
    text.push_str("### Settings that the figures are of\n\n");
    for (id, implementation) in study.implementations.iter().filter(|(_, of)| of.task == *task) {
        let Some(describe) = &implementation.describe else { continue };
        let mut parts = vec![format!("{} {}", describe.framework, describe.framework_version)];
        parts.push(format!("build {}, {}", describe.build.profile, describe.build.target_cpu));
        if !describe.build.kernels.is_empty() {
            parts.push(format!("kernels {}", describe.build.kernels.join(", ")));
        }
        if !describe.threads_env.is_empty() {
            parts.push(format!("threads by {}", describe.threads_env.join(", ")));
        }
        let size = implementation.facts.executable_bytes.or(implementation.facts.environment_bytes);
        parts.extend(size.map(|bytes| format!("{} to deploy", quantity("bytes", bytes as f64))));
        let peaks = arms(study, task, id)
            .filter_map(|(_, arm)| arm.metrics.iter().find(|(metric, _)| metric.as_str() == "rss_peak_bytes")?.1.max);
        let peak = peaks.fold(None, |most: Option<f64>, peak| Some(most.map_or(peak, |most| most.max(peak))));
        parts.extend(peak.map(|peak| format!("at most {} of memory in any run", quantity("bytes", peak))));
        let _ = writeln!(text, "- `{id}`: {}", markdown(&parts.join("; ")));
    }
    text.push('\n');
}

fn arms<'a>(
    study: &'a Study<'_>,
    task: &'a Id,
    id: &'a Id,
) -> impl Iterator<Item = (&'a CellAnalysis, &'a ArmAnalysis)> {
    let cells = study.analysis.cells.iter().filter(move |cell| cell.cell.task == *task);
    cells
        .flat_map(|cell| cell.arms.iter().map(move |arm| (cell, arm)))
        .filter(move |(_, arm)| arm.facts.implementation == *id && arm.facts.arm.variant == Variant::Plain)
}

/// Stages of a change from Python to Rust, each with a criterion that this study gives a number to.
fn stages(text: &mut String, study: &Study<'_>, inputs: &AssessmentInputs, task: &Id) {
    let cells: Vec<&CellAnalysis> = study.analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
    let mut criteria = BTreeSet::new();
    for (cell, comparison) in crate::assessment::compared(&cells, schema::analysis::Role::Library) {
        let Some(winner) = orient::winner(comparison).and_then(|winner| orient::arm(cell, winner)) else { continue };
        if winner.facts.language != schema::implementation::Language::Rust || !orient::shows_ratio(comparison) {
            continue;
        }
        let metric = orient::primary_metric(cell);
        let limit = winner.metrics.iter().find(|(id, _)| id.as_str() == metric).and_then(|(_, s)| alerts::limit(s));
        let (_, dearer) = orient::sides(comparison);
        if let (Some(limit), Some(before)) = (limit, dearer.value) {
            criteria.insert(format!(
                "{}: runs of {} stay below {} (the limit that one healthy run in two hundred passes); go back at {} \
                 ({}, n = {})",
                cell.cell.label,
                winner.facts.arm,
                quantity("ns", limit),
                quantity("ns", before),
                words::absolute(&comparison.unit, orient::sides(comparison).0.value, Some(before)),
                comparison.n
            ));
        }
    }
    text.push_str("### A change in stages\n\n");
    if criteria.is_empty() {
        text.push_str(
            "No cell shows Rust to be faster, library against library, so nothing here is a reason to change.\n\n",
        );
        return;
    }
    let _ = write!(
        text,
        "1. Shadow: both sides get the same input, Python answers; the outputs are compared by this task's parity rules.\n\
         2. Canary: a small share of the work goes to Rust, and the criteria below hold for as long as the alerts wait ({}).\n\
         3. All of it, with Python kept ready; `alerts.yml` holds the same criteria as rules.\n\nCriteria:\n\n",
        markdown(&inputs.alerts.wait)
    );
    for criterion in criteria {
        let _ = writeln!(text, "- {}", markdown(&criterion));
    }
    let failed: (u32, u32) = cells
        .iter()
        .flat_map(|cell| &cell.arms)
        .fold((0, 0), |(failed, all), arm| (failed + arm.failed, all + arm.attempted));
    if let Ok(bound) = stats::proportion::clopper_pearson(u64::from(failed.0), u64::from(failed.1), 0.95) {
        let _ = writeln!(
            text,
            "- Failures: {} of {} runs failed here; a rate below {} % cannot be told from that (95 % interval, exact).",
            failed.0,
            failed.1,
            significant(bound.high * 100.0, 2)
        );
    }
    text.push('\n');
}

fn patterns(text: &mut String) {
    text.push_str(
        "## Both languages\n\n\
         - Split by phase: Python where things change daily, Rust where the same work is done again and again. What the \
         boundary costs was not measured here.\n\
         - Python outside, Rust workers inside: as processes (each pays the start-up in the report) or as a module (not \
         measured here).\n\
         - Keep Python and mend it: the tuned Python of this study is what that reaches.\n\n\
         ## Risks that no figure here covers\n\n\
         - Other inputs, sizes, machines and versions than those measured.\n\
         - What it takes to write, review and staff either side: fill it in as costs and stated scores.\n",
    );
}
