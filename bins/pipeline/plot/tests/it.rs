//! The step as a process.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use report::fixture;
use schema::analysis::Analysis;
use schema::document;
use schema::publication::Plots;

fn plot(analysis: &Analysis, folder: &Path) -> Command {
    let path = folder.join("analysis.json");
    document::write(&path, analysis).expect("written");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("plot"));
    command.arg("--analysis").arg(path).arg("--out").arg(folder.join("plots"));
    command
}

#[test]
fn every_drawing_is_listed_and_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    plot(&fixture::rust_faster(), folder.path()).assert().success().stdout("");
    let plots: Plots = document::read(&folder.path().join("plots/plots.json")).expect("plots.json");
    let files: Vec<&str> = plots.plots.iter().map(|plot| plot.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "ratios_library.svg",
            "ratios_tuned.svg",
            "ratios_memory.svg",
            "time_b1.svg",
            "memory_b1.svg",
            "shares_b1.svg",
            "timeline_b1.svg",
            "limits_b1.svg",
            "rounds_b1.svg",
            "time_b2.svg",
            "memory_b2.svg",
            "timeline_b2.svg",
            "limits_b2.svg",
            "rounds_b2.svg"
        ]
    );
    for file in files {
        let svg = fs::read_to_string(folder.path().join("plots").join(file)).expect(file);
        assert!(svg.starts_with("<svg ") && svg.contains("prefers-color-scheme:dark"), "{file}");
    }
    assert_eq!(fs::read_dir(folder.path().join("plots")).expect("the folder").count(), 15);
}

#[test]
fn a_study_in_which_everything_failed_has_no_plots() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    plot(&fixture::all_failed(), folder.path()).assert().success();
    let plots: Plots = document::read(&folder.path().join("plots/plots.json")).expect("plots.json");
    assert!(plots.plots.is_empty());
}

#[test]
fn a_truncated_analysis_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = plot(&fixture::rust_faster(), folder.path());
    let path = folder.path().join("analysis.json");
    let text = fs::read(&path).expect("written");
    fs::write(&path, &text[..text.len() / 2]).expect("truncated");
    let output = command.assert().code(2).get_output().clone();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.starts_with("error: ") && error.contains("analysis.json") && error.lines().count() == 1, "{error}");
    assert!(!folder.path().join("plots").exists());
}
