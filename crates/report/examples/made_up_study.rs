//! Writes the report of a made-up study, to look at or to time:
//!
//!     cargo run --profile tools -p ferrobench-report --features fixture --example made_up_study -- KIND OUT
//!
//! KIND is a kind of the fixture (`rust_faster`, `python_faster`, `no_difference`, `sizes`, `hostile`, …)
//! or a number of cells.

use std::path::Path;
use std::process::ExitCode;

use report::{Study, alerts, assessment, costs, decision, deployment, fixture, forms, markdown, page, plots};
use schema::analysis::Analysis;
use schema::fault::{Fault, exit_code};
use schema::files::{create_folder, write_whole};
use schema::publication::Plot;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, out] = arguments.as_slice() else {
        return exit_code(Err(Fault::new("", "two arguments are needed: KIND OUT").into()));
    };
    exit_code(write(kind, Path::new(out)))
}

fn study_of(kind: &str) -> Result<Analysis, Fault> {
    if let Ok(cells) = kind.parse() {
        return Ok(fixture::many(cells));
    }
    Ok(match kind {
        "rust_faster" => fixture::rust_faster(),
        "python_faster" => fixture::python_faster(),
        "no_difference" => fixture::no_difference(),
        "too_few_runs" => fixture::too_few_runs(),
        "different" => fixture::different(),
        "all_failed" => fixture::all_failed(),
        "partial" => fixture::partial(),
        "sizes" => fixture::sizes(),
        "smoke" => fixture::smoke(),
        "hostile" => fixture::hostile(),
        other => return Err(Fault::new("KIND", format!("unknown kind `{other}`"))),
    })
}

fn write(kind: &str, out: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let analysis = study_of(kind)?;
    let mut selection = fixture::selection(&analysis);
    selection.options.report_forms = Some("technical,latex,pdf,citation".to_owned());
    let (inputs, implementations) = (fixture::inputs(), fixture::implementations());
    let mut assessment = assessment::assess(&selection, &analysis);
    assessment.decisions = decision::decide(&inputs, &selection, &analysis, &implementations);
    assessment.break_even = costs::break_even(&analysis, &implementations);
    let drawings = plots::all(&analysis).map_err(|error| Fault::new("plots", error.to_string()))?;
    let drawings: Vec<(Plot, String)> = drawings.into_iter().map(|drawing| (drawing.plot, drawing.svg)).collect();
    let study = Study {
        selection: &selection,
        plan: &fixture::plan(&analysis),
        analysis: &analysis,
        assessment: &assessment,
        inputs: Some(&inputs),
        implementations: &implementations,
        certificates: &fixture::certificates(),
        plots: &drawings,
    };
    create_folder(out)?;
    write_whole(&out.join("report.html"), page::html(&study).as_bytes())?;
    write_whole(&out.join("report.md"), markdown::report(&study).as_bytes())?;
    write_whole(&out.join("alerts.yml"), alerts::rules(&analysis, &inputs.alerts).as_bytes())?;
    write_whole(&out.join("deployment.md"), deployment::document(&study, &inputs).as_bytes())?;
    for form in forms::asked_for(&study) {
        write_whole(&out.join(form.file), &(form.make)(&study))?;
    }
    create_folder(&out.join("plots"))?;
    for (plot, svg) in &drawings {
        write_whole(&out.join("plots").join(&plot.file), svg.as_bytes())?;
    }
    Ok(())
}
