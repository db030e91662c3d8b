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
    fs::copy(shipped_inputs(), write("assessment.yaml")).expect("copied");
    command.arg("--certificates").arg(write("certificates")).arg("--inputs").arg(write("assessment.yaml"));
    command.arg("--out").arg(write("report"));
    command
}

fn shipped_inputs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../config/assessment.yaml")
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
fn prometheus_takes_the_rules_of_every_kind_of_study() {
    let Some(promtool) = on_path(&["promtool"]) else {
        eprintln!("skipped: no promtool on the PATH");
        return;
    };
    for analysis in fixture::all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assess(&analysis, folder.path()).assert().success();
        let rules = folder.path().join("report/alerts.yml");
        Command::new(&promtool).args(["check", "rules"]).arg(rules).assert().success();
        assert!(read(folder.path(), "deployment.md").starts_with("# Deploying: "));
    }
}

#[test]
fn what_is_wrong_with_the_users_inputs_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = assess(&fixture::rust_faster(), folder.path());
    let text = fs::read_to_string(shipped_inputs()).expect("shipped");
    let text = text.replace("work_time: 5", "wrk_time: 5").replace("wait: 10m", "wait: soon");
    let text = text.replace("seconds_metric: work_seconds", "seconds_metric: 'work seconds'");
    fs::write(folder.path().join("assessment.yaml"), text).expect("written");
    let output = command.assert().code(2).get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in [
        "nothing scores the criterion `wrk_time`",
        "did you mean `work_time`?",
        "`work seconds` is no name",
        "`soon` is no duration",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!folder.path().join("report/report.html").exists());
}

#[test]
fn the_forms_that_are_asked_for_are_made_and_no_others() {
    let analysis = fixture::rust_faster();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = assess(&analysis, folder.path());
    let mut selection = fixture::selection(&analysis);
    selection.options.report_forms = Some("technical,latex,pdf,citation".to_owned());
    document::write(&folder.path().join("selection.json"), &selection).expect("written");
    command.assert().success();
    assert!(read(folder.path(), "technical-report.md").contains("## 2. Methods"));
    assert!(read(folder.path(), "CITATION.cff").starts_with("cff-version: 1.2.0\n"));
    assert!(read(folder.path(), "tables.tex").contains("\\toprule"));
    let pdf = folder.path().join("report/figures.pdf");
    if let Some(pdfinfo) = on_path(&["pdfinfo"]) {
        let drawings = report::plots::all(&analysis).expect("drawn").len();
        let output = Command::new(pdfinfo).arg(&pdf).assert().success().stderr("").get_output().stdout.clone();
        let output = String::from_utf8_lossy(&output);
        let pages = output.lines().find_map(|line| line.strip_prefix("Pages:")).map(str::trim);
        assert_eq!(pages, Some(drawings.to_string().as_str()), "{output}");
    } else {
        eprintln!("skipped: no pdfinfo on the PATH");
    }
    let plain = tempfile::tempdir().expect("a temporary folder");
    assess(&analysis, plain.path()).assert().success();
    assert!(!plain.path().join("report/figures.pdf").exists());
}

#[test]
fn a_packed_cell_is_unpacked_where_it_is_asked_for() {
    let Some(chromium) = chromium() else {
        eprintln!("skipped: no chromium on the PATH");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    assess(&fixture::many(70), folder.path()).assert().success();
    let page = folder.path().join("report/report.html");
    assert!(!fs::read_to_string(&page).expect("written").contains("cell_b66-r000-"));
    let dumped = dump(&chromium, &page, "#cell_b66");
    assert!(dumped.contains("cell_b66-r000-"), "the cell's part was not put into its place");
    assert_eq!(dumped.matches("data-packed=").count(), 69, "no other cell was unpacked");
    assert!(dumped.contains("Show all"), "long tables begin short");
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
        let page = dump(&chromium, &folder.path().join("report/report.html"), "");
        assert!(page.contains("<button type=\"button\">verdict</button>"), "the page's own script did not run");
        assert!(!page.contains("<title>EXECUTED"), "a payload ran");
        assert_eq!(page.contains("EXECUTED"), payloads, "the payloads are shown as text");
    }
    let asked = listener.accept();
    assert!(asked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "the page asked for something");
}

fn chromium() -> Option<PathBuf> {
    on_path(&["chromium", "chromium-browser", "google-chrome"])
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|program| program.is_file())
}

/// The page as the browser has it after its script ran.
fn dump(chromium: &Path, page: &Path, place: &str) -> String {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("file://{}{place}", page.display()))
        .timeout(std::time::Duration::from_mins(2))
        .output()
        .expect("chromium ran");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
