//! The step as a process, and its page in a real browser.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use report::fixture;
use schema::analysis::{Analysis, Assessment};
use schema::document;
use schema::publication::Plots;

/// Everything that the step reads, in `folder`, and the command that reads it.
fn assess(analysis: &Analysis, folder: &Path) -> Command {
    let write = |name: &str| folder.join(name);
    document::write(&write("selection.json"), &fixture::selection(analysis)).expect("written");
    document::write(&write("plan.json"), &fixture::plan(analysis)).expect("written");
    document::write(&write("analysis.json"), analysis).expect("written");
    for name in ["plots", "implementations", "certificates"] {
        fs::create_dir_all(write(name)).expect("made");
    }
    for (id, implementation) in fixture::implementations() {
        document::write(&write("implementations").join(format!("{id}.json")), &implementation).expect("written");
    }
    for (id, certificate) in fixture::certificates() {
        document::write(&write("certificates").join(format!("{id}.json")), &certificate).expect("written");
    }
    let mut plots =
        Plots { schema_version: schema::SCHEMA_VERSION.to_owned(), study: analysis.study.clone(), plots: Vec::new() };
    for drawing in report::plots::all(analysis).expect("drawn") {
        fs::write(write("plots").join(&drawing.plot.file), drawing.svg).expect("written");
        plots.plots.push(drawing.plot);
    }
    document::write(&write("plots/plots.json"), &plots).expect("written");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("assess"));
    for (flag, name) in [("--selection", "selection.json"), ("--plan", "plan.json"), ("--analysis", "analysis.json")] {
        command.arg(flag).arg(write(name));
    }
    for (flag, name) in [("--plots", "plots"), ("--implementations", "implementations")] {
        command.arg(flag).arg(write(name));
    }
    command.arg("--certificates").arg(write("certificates")).arg("--out").arg(write("report"));
    command
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join("report").join(name)).expect(name)
}

#[test]
fn every_kind_of_study_gets_its_three_files_and_the_same_bytes_again() {
    for analysis in fixture::all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assess(&analysis, folder.path()).assert().success().stdout("").stderr("");
        let first = (read(folder.path(), "report.html"), read(folder.path(), "report.md"));
        let _: Assessment = document::read(&folder.path().join("report/assessment.json")).expect("a valid assessment");
        assess(&analysis, folder.path()).assert().success();
        assert_eq!(first, (read(folder.path(), "report.html"), read(folder.path(), "report.md")));
    }
}

#[test]
fn a_plot_outside_its_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = assess(&fixture::rust_faster(), folder.path());
    let list = folder.path().join("plots/plots.json");
    let text = fs::read_to_string(&list).expect("written").replace("ratios_library.svg", "../analysis.json");
    fs::write(&list, text).expect("written");
    let output = command.assert().code(2).get_output().clone();
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no plain file name"));
}

#[test]
fn a_drawing_of_someone_else_is_linked_and_not_let_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = assess(&fixture::rust_faster(), folder.path());
    fs::write(folder.path().join("plots/ratios_library.svg"), "<svg><script>1</script></svg>").expect("written");
    command.assert().success();
    let page = read(folder.path(), "report.html");
    assert!(!page.contains("<script>1") && page.contains("href=\"plots/ratios_library.svg\""));
}

#[test]
fn in_a_browser_the_page_works_and_no_payload_runs_or_asks_for_anything() {
    let Some(chromium) = chromium() else {
        eprintln!("skipped: no chromium on the PATH");
        return;
    };
    // The payloads ask this port for things; nobody may come.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let port = listener.local_addr().expect("bound").port();
    let text = document::canonical(&fixture::hostile()).replace("127.0.0.1:9/", &format!("127.0.0.1:{port}/"));
    let hostile: Analysis = document::parse(text.as_bytes(), "the hostile study").expect("an analysis");
    for (analysis, payloads) in [(fixture::rust_faster(), false), (hostile, true)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assess(&analysis, folder.path()).assert().success();
        let page = dump(&chromium, &folder.path().join("report/report.html"));
        assert!(page.contains("<button type=\"button\">verdict</button>"), "the page's own script did not run");
        assert!(!page.contains("<title>EXECUTED"), "a payload ran");
        assert_eq!(page.contains("EXECUTED"), payloads, "the payloads are shown as text");
    }
    let asked = listener.accept();
    assert!(asked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "the page asked for something");
}

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// The page as the browser has it after its script ran.
fn dump(chromium: &Path, page: &Path) -> String {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .timeout(std::time::Duration::from_mins(2))
        .output()
        .expect("chromium ran");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
