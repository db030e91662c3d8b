//! The step as a process: what it publishes, what it leaves alone, and what it refuses.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use report::fixture;
use schema::analysis::Analysis;
use schema::digest;
use schema::document;
use schema::manifest::{MANIFEST, Manifest, ManifestFile, ManifestKind, RECORDS};
use schema::publication::{Plots, Published};
use tempfile::TempDir;

/// A study's inputs in one folder, and the folder that it is published to.
struct Study {
    folder: TempDir,
}

impl Study {
    fn new(analysis: &Analysis) -> Self {
        let study = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        study.write(analysis);
        study
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn published(&self, path: &str) -> PathBuf {
        self.at("results/default").join(path)
    }

    /// Everything that the steps before write.
    fn write(&self, analysis: &Analysis) {
        let selection = fixture::selection(analysis);
        let plan = fixture::plan(analysis);
        let assessment = report::assessment::assess(&selection, analysis);
        for name in ["analysis", "plots", "report", "implementations", "certificates", "blocks"] {
            let _ = fs::remove_dir_all(self.at(name));
            fs::create_dir_all(self.at(name)).expect("made");
        }
        document::write(&self.at("selection.json"), &selection).expect("written");
        document::write(&self.at("plan.json"), &plan).expect("written");
        document::write(&self.at("analysis/analysis.json"), analysis).expect("written");
        fs::write(self.at("analysis/runs.csv"), "run,work_ns\r\n").expect("written");
        document::write(&self.at("report/assessment.json"), &assessment).expect("written");
        fs::write(self.at("report/report.html"), format!("<!doctype html>{}", analysis.title)).expect("written");
        fs::write(self.at("report/report.md"), "# report\n").expect("written");
        for name in ["implementations", "certificates"] {
            fs::write(self.at(name).join("regression_linfa.json"), "{}\n").expect("written");
            fs::write(self.at(name).join("notes.txt"), "no document\n").expect("written");
        }
        let mut plots = Plots {
            schema_version: schema::SCHEMA_VERSION.to_owned(),
            study: analysis.study.clone(),
            plots: Vec::new(),
        };
        for drawing in report::plots::all(analysis).expect("drawn") {
            fs::write(self.at("plots").join(&drawing.plot.file), drawing.svg).expect("written");
            plots.plots.push(drawing.plot);
        }
        document::write(&self.at("plots/plots.json"), &plots).expect("written");
        for block in &plan.blocks {
            self.block(block.block_id.as_str());
        }
    }

    fn block(&self, block: &str) {
        let folder = self.at("blocks").join(block);
        fs::create_dir_all(&folder).expect("made");
        let text = format!("{{\"block\":\"{block}\"}}\n");
        fs::write(folder.join(RECORDS), &text).expect("written");
        let file = ManifestFile {
            path: RECORDS.to_owned(),
            bytes: text.len() as u64,
            sha256: digest::of_bytes(text.as_bytes()),
        };
        let manifest = Manifest {
            schema_version: schema::SCHEMA_VERSION.to_owned(),
            kind: ManifestKind::Block,
            id: fixture::id(block),
            key: None,
            attempt: Some(1),
            files: vec![file],
        };
        document::write(&folder.join(MANIFEST), &manifest).expect("written");
    }

    fn publish(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("publish"));
        for (flag, name) in [
            ("--outdir", "results"),
            ("--selection", "selection.json"),
            ("--plan", "plan.json"),
            ("--analysis", "analysis"),
            ("--plots", "plots"),
            ("--report", "report"),
            ("--implementations", "implementations"),
            ("--certificates", "certificates"),
            ("--blocks", "blocks"),
            ("--out", "out"),
        ] {
            command.arg(flag).arg(self.at(name));
        }
        command
    }

    fn succeeds(&self) -> Published {
        self.publish().assert().success().stdout("").stderr("");
        document::read(&self.at("out/published.json")).expect("published.json")
    }

    /// Refused with exit code 2, one line (and a hint), nothing changed.
    fn is_refused(&self, because: &str) {
        let before = snapshot(&self.at("results"));
        let output = self.publish().assert().code(2).get_output().clone();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.starts_with("error: ") && error.contains(because), "{error}");
        assert!(error.lines().count() <= 2, "{error}");
        assert_eq!(before, snapshot(&self.at("results")));
    }
}

/// Every file with its inode (a rewritten file has a new one) and content.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (u64, Vec<u8>)> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            let inode = fs::metadata(&path).expect("there").ino();
            files.insert(path.clone(), (inode, fs::read(&path).expect("read")));
        }
    }
    files
}

#[test]
fn the_manifest_names_exactly_what_lies_there() {
    let study = Study::new(&fixture::rust_faster());
    let published = study.succeeds();
    assert!(published.report.ends_with("results/default/report.html") && Path::new(&published.report).is_absolute());
    assert!(published.summary_lines[0].contains("Library against library"), "{:?}", published.summary_lines);
    let manifest: Manifest = document::read(&study.published(MANIFEST)).expect("a manifest");
    assert_eq!(manifest.kind, ManifestKind::Study);
    let mut named: Vec<PathBuf> = manifest.files.iter().map(|file| study.published(&file.path)).collect();
    for (file, path) in manifest.files.iter().zip(&named) {
        assert_eq!(digest::of_file(path).expect("there"), file.sha256, "{}", file.path);
    }
    named.push(study.published(MANIFEST));
    named.sort();
    assert_eq!(named, snapshot(&study.at("results")).into_keys().collect::<Vec<_>>());
    assert!(!study.published("certificates/notes.txt").exists());
    for path in [
        "report.html",
        "analysis/analysis.json",
        "plots/ratios_library.svg",
        "certificates/regression_linfa.json",
        "implementations/regression_linfa.json",
        "records/b1/records.jsonl",
    ] {
        assert!(study.published(path).is_file(), "{path}");
    }
}

#[test]
fn a_second_publication_rewrites_nothing() {
    let study = Study::new(&fixture::rust_faster());
    let first = study.succeeds();
    let before = snapshot(&study.at("results"));
    let second = study.succeeds();
    assert_eq!((second.written, second.unchanged), (0, first.written));
    assert_eq!(before, snapshot(&study.at("results")));
}

#[test]
fn truncated_copies_are_rewritten_and_the_others_left() {
    let study = Study::new(&fixture::rust_faster());
    study.succeeds();
    let before = snapshot(&study.at("results"));
    let cut = study.published("records/b1/records.jsonl");
    fs::write(&cut, "{").expect("truncated");
    let flipped = study.published("report.md");
    fs::write(&flipped, "# reporT\n").expect("changed, of equal length");
    assert_eq!(study.succeeds().written, 2);
    let after = snapshot(&study.at("results"));
    for (path, (inode, bytes)) in &before {
        assert_eq!(&after[path].1, bytes, "{}", path.display());
        let rewritten = [&cut, &flipped].contains(&path) || path.ends_with(MANIFEST);
        assert!(rewritten || after[path].0 == *inode, "{}", path.display());
    }
}

#[test]
fn files_of_the_last_time_go_and_a_persons_stay() {
    let study = Study::new(&fixture::rust_faster());
    study.succeeds();
    fs::write(study.published("notes.txt"), "mine").expect("written");
    study.write(&fixture::partial());
    study.succeeds();
    assert!(!study.published("records/b2").exists() && !study.published("plots/time_b2.svg").exists());
    assert_eq!(fs::read_to_string(study.published("notes.txt")).expect("kept"), "mine");
}

#[test]
fn an_interrupted_publication_is_finished_by_the_next() {
    let study = Study::new(&fixture::rust_faster());
    study.succeeds();
    // As a kill leaves it: intention and some files, no manifest yet.
    let manifest = study.published(MANIFEST);
    fs::rename(&manifest, study.published(".publishing.json")).expect("renamed");
    fs::remove_file(study.published("report.html")).expect("removed");
    study.write(&fixture::partial());
    study.succeeds();
    assert!(study.published("report.html").is_file() && manifest.is_file());
    assert!(!study.published(".publishing.json").exists() && !study.published("records/b2").exists());
}

#[test]
fn a_folder_of_another_study_is_refused_untouched() {
    let study = Study::new(&fixture::rust_faster());
    study.succeeds();
    let text = fs::read_to_string(study.published(MANIFEST)).expect("a manifest");
    fs::write(study.published(MANIFEST), text.replace("\"default\"", "\"full\"")).expect("written");
    study.is_refused("belongs to `full`, not to study `default`");
    fs::write(study.published(MANIFEST), "{\"name\": \"a web app\"}").expect("written");
    study.is_refused("is no manifest of a study");
}

#[test]
fn files_without_a_manifest_are_refused_untouched() {
    let study = Study::new(&fixture::rust_faster());
    fs::create_dir_all(study.published("")).expect("made");
    fs::write(study.published("thesis.tex"), "years").expect("written");
    study.is_refused("holds files, and no manifest says that a study put them there");
}

#[test]
fn a_manifest_cannot_lead_outside_its_folder() {
    let study = Study::new(&fixture::rust_faster());
    study.succeeds();
    let text = fs::read_to_string(study.published(MANIFEST)).expect("a manifest");
    fs::write(study.published(MANIFEST), text.replace("records/b2/records.jsonl", "../../plan.json")).expect("written");
    study.is_refused("names `../../plan.json`");
    assert!(study.at("plan.json").is_file());
}

#[test]
fn links_are_not_followed() {
    let study = Study::new(&fixture::rust_faster());
    study.succeeds();
    fs::remove_dir_all(study.published("plots")).expect("removed");
    fs::create_dir(study.at("elsewhere")).expect("made");
    std::os::unix::fs::symlink(study.at("elsewhere"), study.published("plots")).expect("linked");
    study.publish().assert().code(2);
    assert_eq!(fs::read_dir(study.at("elsewhere")).expect("there").count(), 0);
}

#[test]
fn a_block_that_is_not_what_its_manifest_says_is_named_and_nothing_is_published() {
    let study = Study::new(&fixture::rust_faster());
    fs::write(study.at("blocks/b2/records.jsonl"), "{").expect("truncated");
    study.is_refused("blocks/b2/records.jsonl: is not what the block's manifest names: 1 bytes");
    assert!(!study.at("results").exists());
}

#[test]
fn inputs_of_two_studies_are_never_mixed() {
    let study = Study::new(&fixture::rust_faster());
    let mut other = fixture::rust_faster();
    other.study = fixture::id("full");
    document::write(&study.at("plan.json"), &fixture::plan(&other)).expect("written");
    study.is_refused("is of study `full`, the analysis of `default`");
}

#[test]
fn an_unfinished_block_is_left_out() {
    let study = Study::new(&fixture::partial());
    fs::remove_dir_all(study.at("blocks/b1")).expect("removed");
    let published = study.succeeds();
    assert!(!study.published("records").exists());
    assert_eq!(published.summary_lines[0], "Partial: 1 of 41 cells.");
}

#[test]
fn the_terminal_gets_no_escape_sequence() {
    let published = Study::new(&fixture::hostile()).succeeds();
    assert!(published.summary_lines.iter().all(|line| !line.contains(['\u{1b}', '\u{202e}', '\n'])));
}
