//! Made-up studies of every kind that a report has to bear, built by one function each. The
//! figures are invented; the shapes are those that `analyze` writes.

mod documents;
mod shapes;

use std::collections::BTreeMap;

use schema::analysis::{Analysis, RunCounts, Verdict};
use schema::evaluation::ParityVerdict;
use schema::id::{ArmId, Id};
use schema::record::FailureClass;
use schema::selection::LeftOut;

use shapes::{Figures, study};

pub use documents::{certificates, implementations, inputs, plan, selection};
pub use shapes::IMPLEMENTATIONS;

pub fn id(text: &str) -> Id {
    Id::new(text).expect("the fixture's ids are ids")
}

pub fn arm_id(text: &str) -> ArmId {
    ArmId::try_from(text.to_owned()).expect("the fixture's arms are arms")
}

pub fn rust_faster() -> Analysis {
    study(&[
        Figures {
            left_ns: 12.3e6,
            right_ns: 38.4e6,
            low: 1.0 / 3.29,
            high: 1.0 / 2.96,
            n: 20,
            verdict: Verdict::MateriallyFaster,
        },
        Figures {
            left_ns: 6.1e6,
            right_ns: 14.2e6,
            low: 0.417,
            high: 0.443,
            n: 20,
            verdict: Verdict::MateriallyFaster,
        },
    ])
}

/// With all that stands beside the comparisons, and what the study says as a whole.
pub fn detailed() -> Analysis {
    let mut analysis = rust_faster();
    for comparison in analysis.cells.iter_mut().flat_map(|cell| &mut cell.comparisons) {
        comparison.beside = Some(documents::beside());
    }
    documents::whole_study(&mut analysis);
    analysis
}

pub fn python_faster() -> Analysis {
    study(&[
        Figures {
            left_ns: 54.1e6,
            right_ns: 38.4e6,
            low: 1.352,
            high: 1.468,
            n: 20,
            verdict: Verdict::MateriallySlower,
        },
        Figures {
            left_ns: 6.1e6,
            right_ns: 14.2e6,
            low: 0.417,
            high: 0.443,
            n: 20,
            verdict: Verdict::MateriallyFaster,
        },
    ])
}

pub fn no_difference() -> Analysis {
    let mut analysis = study(&[
        Figures {
            left_ns: 38.8e6,
            right_ns: 38.4e6,
            low: 0.985,
            high: 1.037,
            n: 20,
            verdict: Verdict::NoDifferenceShown,
        },
        Figures { left_ns: 14.1e6, right_ns: 14.2e6, low: 0.985, high: 1.001, n: 20, verdict: Verdict::Equivalent },
    ]);
    for comparison in &mut analysis.cells[0].comparisons {
        comparison.p = Some(0.21);
        comparison.p_adjusted = Some(0.42);
        comparison.p_companion = Some(0.3);
    }
    analysis
}

pub fn too_few_runs() -> Analysis {
    let mut analysis = study(&[
        Figures { left_ns: 12.3e6, right_ns: 38.4e6, low: 0.3, high: 0.34, n: 1, verdict: Verdict::TooFewRuns },
        Figures { left_ns: 6.1e6, right_ns: 14.2e6, low: 0.3, high: 0.5, n: 1, verdict: Verdict::TooFewRuns },
    ]);
    for comparison in analysis.cells.iter_mut().flat_map(|cell| &mut cell.comparisons) {
        comparison.interval = None;
        comparison.interval_90 = None;
        comparison.p = None;
        comparison.p_adjusted = None;
        comparison.p_companion = None;
        comparison.detectable_ratio = None;
        comparison.rounds_for_margin = None;
    }
    analysis
}

/// Parity broken in the first cell.
pub fn different() -> Analysis {
    let mut analysis = rust_faster();
    let cell = &mut analysis.cells[0];
    for parity in &mut cell.parity {
        parity.verdict = ParityVerdict::Different;
        for rule in &mut parity.rules {
            rule.verdict = ParityVerdict::Different;
            rule.largest_relative = Some(0.031);
        }
    }
    for comparison in &mut cell.comparisons {
        comparison.parity = ParityVerdict::Different;
        comparison.verdict = Verdict::NotComparable;
    }
    analysis
}

/// Every run of every arm failed.
pub fn all_failed() -> Analysis {
    let mut analysis = rust_faster();
    for cell in &mut analysis.cells {
        cell.comparisons.clear();
        cell.parity.clear();
        for arm in &mut cell.arms {
            arm.failed = arm.attempted;
            arm.ok = 0;
            arm.failures = BTreeMap::from([(FailureClass::Crashed, arm.attempted)]);
            arm.metrics.clear();
            arm.quality.clear();
            arm.timeline = None;
            arm.used.clear();
        }
    }
    analysis.runs =
        RunCounts { failed: analysis.runs.attempted, unexpected: analysis.runs.attempted, ok: 0, ..analysis.runs };
    analysis.resolution.clear();
    analysis
}

/// One implementation has no runs at all in any cell.
pub fn one_missing() -> Analysis {
    let mut analysis = rust_faster();
    for cell in &mut analysis.cells {
        cell.arms.retain(|arm| arm.facts.implementation.as_str() != "regression_sklearn");
        cell.comparisons.retain(|c| {
            c.left.implementation.as_str() != "regression_sklearn"
                && c.right.implementation.as_str() != "regression_sklearn"
        });
    }
    analysis.left_out.push(LeftOut {
        what: "regression_sklearn".to_owned(),
        phase: 3,
        reason: "did not conform: exit code 0 without outcome.json".to_owned(),
    });
    analysis
}

/// Cut short after the first of its cells.
pub fn partial() -> Analysis {
    let mut analysis = rust_faster();
    analysis.cells.truncate(1);
    analysis.cells_planned = 41;
    analysis
}

pub fn nothing_measured() -> Analysis {
    let mut analysis = rust_faster();
    analysis.cells.clear();
    analysis.resolution.clear();
    analysis.runs = RunCounts::default();
    analysis
}

pub fn smoke() -> Analysis {
    let mut analysis = too_few_runs();
    analysis.measures = false;
    analysis.measured_build = false;
    "ci".clone_into(&mut analysis.build_profile);
    for resolution in &mut analysis.resolution {
        resolution.ratio = None;
        resolution.aa_blocks = 0;
        resolution.aa_called_different = 0;
    }
    analysis
}

/// Text that tries to become markup, script, a link or a request.
pub const PAYLOADS: [&str; 8] = [
    "<script>window.executed=1;document.title='EXECUTED'</script>",
    "</script><script>document.title='EXECUTED'</script><!--",
    "\"><img src=http://127.0.0.1:9/x onerror=\"document.title='EXECUTED'\">",
    "<svg onload=document.title='EXECUTED'><style>@import 'http://127.0.0.1:9/y'</style>",
    "[click](javascript:alert(1)) ![x](http://127.0.0.1:9/z)",
    "]]>--><iframe src=http://127.0.0.1:9/f></iframe>",
    "\u{202e}desrever\u{2028}line\u{1b}[2J",
    "<base href=http://127.0.0.1:9/><meta http-equiv=refresh content=0;url=http://127.0.0.1:9/m>",
];

/// Every field that carries free text carries the payloads.
pub fn hostile() -> Analysis {
    let mut analysis = no_difference();
    let payload = PAYLOADS.join(" ");
    analysis.title.clone_from(&payload);
    analysis.build_profile.clone_from(&payload);
    analysis.fingerprint.cpu_model.clone_from(&payload);
    analysis.left_out.push(LeftOut { what: payload.clone(), phase: 3, reason: payload.clone() });
    for resolution in &mut analysis.resolution {
        resolution.remark.clone_from(&payload);
    }
    for not_read in &mut analysis.not_read {
        not_read.figure.clone_from(&payload);
        not_read.reason.clone_from(&payload);
    }
    for cell in &mut analysis.cells {
        cell.cell.label.clone_from(&payload);
        for arm in &mut cell.arms {
            arm.facts.framework.clone_from(&payload);
            arm.facts.framework_version.clone_from(&payload);
        }
        for comparison in &mut cell.comparisons {
            comparison.because.clone_from(&payload);
            comparison.warnings.push(payload.clone());
        }
        for rule in cell.parity.iter_mut().flat_map(|parity| &mut parity.rules) {
            rule.reason = Some(payload.clone());
        }
    }
    analysis
}

/// Over the warm cells of the library pair.
pub fn pooled() -> schema::analysis::Pooled {
    documents::from_json(serde_json::json!({
        "domain": "classical",
        "metric": "work_ns",
        "role": "library",
        "left_class": "library",
        "right_class": "library",
        "left": ["regression_linfa"],
        "right": ["regression_sklearn"],
        "cells": 3,
        "cells_not_comparable": 0,
        "geometric_mean_ratio": 0.3203,
        "interval": {"low": 0.304, "high": 0.338},
        "total_ratio": 0.31,
    }))
}

/// Three sizes of one dataset; Rust wins the smallest, Python the others.
pub fn sizes() -> Analysis {
    let mut analysis = rust_faster();
    let template = analysis.cells[0].clone();
    let of = |(index, (samples, ratio)): (usize, (u64, f64))| {
        let mut cell = template.clone();
        cell.block_id = id(&format!("size{index}"));
        cell.cell.label = format!("linear on synthetic_linear (n={samples}, d=100), 2 threads, warm");
        cell.cell.choice =
            serde_json::from_value(serde_json::json!({"name": "synthetic_linear", "n_samples": samples}))
                .expect("a choice");
        for comparison in cell.comparisons.iter_mut().filter(|comparison| comparison.metric.as_str() == "work_ns") {
            if comparison.role != schema::analysis::Role::Calibration {
                comparison.ratio = Some(ratio);
                comparison.interval = Some(schema::analysis::Interval { low: ratio / 1.1, high: ratio * 1.1 });
                comparison.verdict = if ratio < 1.0 { Verdict::MateriallyFaster } else { Verdict::MateriallySlower };
            }
        }
        cell
    };
    analysis.cells = [(1_000, 0.5), (10_000, 2.0), (100_000, 3.0)].into_iter().enumerate().map(of).collect();
    analysis.cells_planned = 3;
    analysis
}

/// As many cells as are asked for, over several tasks' worth of sizes: what a large study is like.
pub fn many(cells: u32) -> Analysis {
    let mut analysis = rust_faster();
    let templates = [analysis.cells[0].clone(), python_faster().cells[0].clone(), no_difference().cells[0].clone()];
    let of = |index: u32| {
        let mut cell = templates[index as usize % 3].clone();
        cell.block_id = id(&format!("b{index}"));
        cell.cell.cell_id = id(&format!("cell_b{index}"));
        cell.cell.task = id(["regression", "svm", "clustering", "cnn"][(index / 7 % 4) as usize]);
        cell.cell.label = format!("linear on synthetic_linear (n={}, d=100), 2 threads, warm", 1000 + index);
        // Every cell has runs of its own: what repeats would pack better than a real study does.
        let mut stream = stats::random::Stream::new(7, u64::from(index));
        for value in
            cell.arms.iter_mut().flat_map(|arm| arm.metrics.values_mut()).flat_map(|summary| &mut summary.values)
        {
            *value = value.map(|value| value * (0.05 * stream.normal()).exp());
        }
        cell
    };
    analysis.cells = (0..cells).map(of).collect();
    analysis.cells_planned = cells;
    analysis
}

/// One of each kind.
pub fn all() -> Vec<Analysis> {
    vec![
        rust_faster(),
        python_faster(),
        no_difference(),
        too_few_runs(),
        different(),
        all_failed(),
        one_missing(),
        partial(),
        nothing_measured(),
        smoke(),
        hostile(),
        sizes(),
        detailed(),
    ]
}
