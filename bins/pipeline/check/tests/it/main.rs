//! `check` as a process, on an implementation that keeps every rule or breaks just one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use datasets::npy::{self, Array};
use schema::certificate::Certificate;
use schema::data::DataManifest;
use schema::evaluation::{Parity, ParityVerdict};
use schema::implementation::Implementation;
use schema::task::TaskSpec;
use schema::{SCHEMA_VERSION, digest, document};
use serde_json::{Value, json};

/// A checkout with prepared data and a task.
struct Made(tempfile::TempDir);

impl Made {
    fn new() -> Self {
        let made = Self(tempfile::tempdir().expect("a folder"));
        made.write_task(&json!([{"output": "predictions", "rule": "close", "rtol": 1e-9, "because": "made"}]));
        made.write_data();
        made
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn write_task(&self, parity: &Value) {
        let output = |name: &str, length: &str| json!({"name": name, "kind": "npy", "dtype": "f64", "shape": [length]});
        let mark =
            |name: &str, repeats: bool| json!({"name": name, "required": true, "repeats": repeats, "work": repeats});
        let shift = json!({"type": "object", "properties": {"shift": {"type": "number", "default": 0.0}}});
        let algorithm = json!({"summary": "made", "parameters": shift});
        let task: TaskSpec = serde_json::from_value(json!({
            "protocol": schema::PROTOCOL, "task": "made", "summary": "made", "domain": "classical",
            "algorithms": {"mean": algorithm, "last": algorithm}, "datasets": ["made"],
            "marks": [mark("load", false), mark("fit", true)],
            "outputs": [output("predictions", "n_test"), output("value", "1")],
            "metrics": [], "parity": parity,
            "smoke": {"dataset": "made", "mode": "warm", "warmup": 1, "iterations": 2, "timeout_s": 10},
        }))
        .expect("a task");
        document::write(&self.path("task.json"), &task).expect("written");
    }

    /// Written as `prepare` does: the folder's name ends with the manifest's digest.
    fn write_data(&self) {
        let folder = self.path("data");
        fs::create_dir_all(&folder).expect("made");
        let y = Array { shape: vec![6], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        npy::write(&folder.join("y.npy"), &y).expect("written");
        let rows = |name: &str, values: Vec<i64>| {
            let array = Array { shape: vec![values.len() as u64], values };
            npy::write(&folder.join(format!("{name}.npy")), &array).expect("written");
        };
        rows("train", vec![0, 1, 2, 3]);
        rows("test", vec![4, 5]);
        let file = |name: &str, dtype: &str, rows: u64| {
            let path = folder.join(format!("{name}.npy"));
            json!({"name": name, "path": format!("{name}.npy"), "format": "npy", "dtype": dtype, "shape": [rows],
                "bytes": fs::metadata(&path).expect("there").len(), "sha256": digest::of_file(&path).expect("read")})
        };
        let parts = [file("train", "i64", 4), file("test", "i64", 2)];
        let manifest: DataManifest = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "dataset": "made", "choice": "made", "inputs": [file("y", "f64", 6)],
            "splits": [{"name": "holdout", "algorithm": "shuffle_chacha8", "seed": 0, "parts": parts}],
            "weights": null, "rows": 6, "columns": 0, "source": {"origin": "made", "licence": "none"},
        }))
        .expect("a data manifest");
        document::write(&self.path("made.json"), &manifest).expect("written");
        fs::copy(self.path("made.json"), folder.join("manifest.json")).expect("copied");
        let sha256 = digest::of_file(&self.path("made.json")).expect("read");
        let place = self.path(".ferrobench/data");
        fs::create_dir_all(&place).expect("made");
        fs::rename(folder, place.join(format!("made-{}", &sha256[..16]))).expect("renamed");
    }

    /// The subject that breaks one rule, or none where `rule` is empty.
    fn write_implementation(&self, name: &str, rule: &str) -> Implementation {
        let script = self.path(&format!("{name}.py"));
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/subject.py")).expect("read");
        fs::write(&script, text.replace("made_subject", name)).expect("written");
        // Without site packages it starts twice as fast; it is started some 500 times.
        let mut argv = vec![python(), "-S".to_owned(), script.display().to_string()];
        if !rule.is_empty() {
            argv.extend(["--break".to_owned(), rule.to_owned()]);
        }
        let described = std::process::Command::new(&argv[0]).args(&argv[1..]).arg("--describe").output().expect("ran");
        let files = [json!({"path": script, "sha256": digest::of_file(&script).expect("read")})];
        let implementation: Implementation = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "implementation": name, "task": "made", "language": "python",
            "argv": argv, "env": {}, "files": files, "env_digest": null,
            "describe": serde_json::from_slice::<Value>(&described.stdout).expect("JSON"),
            "facts": schema::implementation::ImplementationFacts::default(), "problem": null,
        }))
        .expect("an implementation");
        self.save(&implementation);
        implementation
    }

    fn save(&self, implementation: &Implementation) {
        let path = self.path(&format!("{}.json", implementation.implementation));
        document::write(&path, implementation).expect("written");
    }

    fn check(&self, command: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let mut check = Command::cargo_bin("check").expect("built");
        check.current_dir(self.root()).arg(command).args([
            "--root",
            ".",
            "--task",
            "task.json",
            "--dataset",
            "made.json",
        ]);
        check.args(more).assert()
    }

    fn conform(&self, name: &str) -> Certificate {
        self.check("conform", &["--implementation", &format!("{name}.json"), "--out", "out"])
            .success()
            .stdout("")
            .stderr("");
        document::read(&self.path(&format!("out/{name}.json"))).expect("a certificate")
    }
}

/// The interpreter itself: a shim would need variables that a cleared environment has not.
fn python() -> String {
    let printed = std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    String::from_utf8(printed.expect("python3").stdout).expect("text").trim().to_owned()
}

fn failed(certificate: &Certificate) -> BTreeMap<&str, &str> {
    let failed = certificate.checks.iter().filter(|check| !check.passed);
    failed.map(|check| (check.id.as_str(), check.found.as_str())).collect()
}

#[test]
fn who_keeps_every_rule_conforms_and_is_not_examined_again() {
    let made = Made::new();
    made.write_implementation("made_subject", "");
    let first = made.conform("made_subject");
    assert_eq!(failed(&first), BTreeMap::new());
    assert!(first.conforms && first.checks.len() == 20);
    for file in ["mean/outcome.json", "mean/outputs/predictions.npy", "last/outputs/value.npy"] {
        assert!(made.path("out/made_subject").join(file).is_file(), "{file}");
    }
    // Without its interpreter a second examination could not pass.
    let stored = made.path(".ferrobench/certificates").join(&first.key);
    let before = fs::metadata(&stored).expect("stored").modified().expect("a time");
    fs::remove_file(made.path("made_subject.py")).expect("removed");
    fs::remove_dir_all(made.path("out")).expect("removed");
    assert!(made.conform("made_subject").conforms);
    assert_eq!(fs::metadata(&stored).expect("stored").modified().expect("a time"), before);
    assert!(made.path("out/made_subject/mean/outputs/predictions.npy").is_file());
    // A stored output that was damaged is not handed out.
    fs::write(stored.join("made_subject/mean/outputs/predictions.npy"), "damaged").expect("written");
    assert!(!made.conform("made_subject").conforms, "examined again, and the script is gone");
}

/// Each rule, broken alone, fails the check of that rule.
#[test]
fn each_broken_rule_is_found_by_its_own_check() {
    let broken = [
        ("describe", "describe", "protocol `ferrobench-task/2`"),
        ("build_facts", "build_facts", "features [\"another\"]"),
        ("help", "help", "does not speak of --describe"),
        ("smoke", "smoke", "`run_id` is another"),
        ("stdout", "stdout", "wrote to stdout: done"),
        ("marks", "marks", "mark fit: iterations [0, 1], required is each of 0..3 once"),
        ("outputs", "outputs", "`value`: not listed in outcome.json"),
        ("shape", "outputs", "`predictions`: length 3 where `n_test` is 2"),
        ("same_seed", "same_seed", "`predictions` differs between two runs with one seed"),
        ("threads", "threads", "exit code 1: error: one thread only"),
        ("digest", "digest", "left `outputs/predictions.npy`"),
        ("slow_percent", "slow_percent", "times as long"),
        ("unknown_key", "unknown_key", "exit code 2 was due; exit code 0"),
        ("unknown_algorithm", "unknown_algorithm", "exit code 2 was due; exit code 0"),
        ("unknown_hyperparameter", "unknown_hyperparameter", "exit code 2 was due; exit code 0"),
        ("missing_data", "missing_data", "exit code 2 was due; exit code 0"),
        ("truncated_data", "truncated_data", "exit code 2 was due"),
        ("changed_data", "changed_data", "exit code 2 was due; exit code 0"),
        ("not_a_number", "not_a_number", "exit code 2 was due; exit code 0"),
        ("no_place_to_write", "no_place_to_write", "no line `error: …` on stderr"),
        ("no_hint", "unknown_key", "no line `hint: …` on stderr"),
        ("trace", "changed_data", "exit code 2 was due; exit code 1"),
        ("exit_code", "missing_data", "exit code 2 was due; exit code 1: error: "),
        ("half_written", "changed_data", "left `outputs/predictions.npy.partial` behind"),
    ];
    std::thread::scope(|scope| {
        for some in broken.chunks(broken.len() / 4) {
            scope.spawn(|| {
                let made = Made::new();
                for (rule, check, found) in some {
                    breaks_one_rule(&made, rule, check, found);
                }
                let mut kept = fs::read_dir(made.path(".ferrobench/certificates")).expect("made");
                assert!(kept.next().is_none(), "a certificate that says no is not kept");
            });
        }
    });
}

fn breaks_one_rule(made: &Made, rule: &str, check: &str, found: &str) {
    made.write_implementation("made_subject", rule);
    let certificate = made.conform("made_subject");
    assert!(!certificate.conforms, "{rule}");
    let failed = failed(&certificate);
    assert!(failed.get(check).is_some_and(|words| words.contains(found)), "{rule}: {check} in {failed:?}");
    // What is wrong with one thing shows in its check only; these are wrong in ways that many checks see.
    let seen_by_many = ["smoke", "no_hint", "trace", "exit_code", "half_written", "outputs", "shape", "same_seed"];
    assert!(failed.len() == 1 || seen_by_many.contains(&rule), "{rule}: {failed:?}");
}

#[test]
fn a_program_that_hangs_is_ended_at_its_deadline_and_a_missing_one_is_told() {
    let made = Made::new();
    let spec =
        fs::read_to_string(made.path("task.json")).expect("read").replace("\"timeout_s\": 10", "\"timeout_s\": 1");
    fs::write(made.path("task.json"), spec).expect("written");
    made.write_implementation("made_subject", "hangs");
    let certificate = made.conform("made_subject");
    assert!(failed(&certificate)["smoke"].contains("was still running at its deadline"));
    let mut gone = made.write_implementation("made_subject", "");
    gone.argv[0] = "no/such/python".to_owned();
    made.save(&gone);
    assert!(failed(&made.conform("made_subject"))["smoke"].contains("cannot be started"));
}

#[test]
fn what_was_not_built_or_has_changed_since_does_not_conform() {
    let made = Made::new();
    let mut implementation = made.write_implementation("made_subject", "");
    fs::write(made.path("made_subject.py"), "raise SystemExit(1)").expect("written");
    assert!(failed(&made.conform("made_subject"))["files"].contains("has sha256"));
    implementation.problem = Some("it does not build: no compiler".to_owned());
    implementation.describe = None;
    made.save(&implementation);
    let certificate = made.conform("made_subject");
    assert_eq!(failed(&certificate), BTreeMap::from([("available", "it does not build: no compiler")]));
}

#[test]
fn parity_is_judged_for_each_pair_that_conforms() {
    let made = Made::new();
    for (name, rule) in [("made_a", ""), ("made_b", ""), ("made_c", "help")] {
        made.write_implementation(name, rule);
        made.conform(name);
    }
    // Another last digit in b's value: within the tolerance of `close`, not of `exact`.
    let file = made.path("out/made_b/mean/outputs/predictions.npy");
    let mut array = npy::read::<f64>(&file, 1 << 20).expect("read");
    array.values[0] *= 1.0 + f64::EPSILON;
    npy::write(&file, &array).expect("written");
    let verdicts = |made: &Made| -> Vec<(String, ParityVerdict)> {
        made.check("parity", &["--certificates", "out", "--out", "parity"]).success().stdout("").stderr("");
        let parity: Vec<Parity> = document::read_lines(&made.path("parity/parity.jsonl")).expect("valid parity");
        assert!(parity.iter().all(|pair| pair.block_id.as_str() == "smoke"));
        parity.iter().map(|pair| (format!("{} {} {}", pair.algorithm, pair.left, pair.right), pair.verdict)).collect()
    };
    let (last, mean) = ("last made_a made_b".to_owned(), "mean made_a made_b".to_owned());
    let expected = [(last.clone(), ParityVerdict::Identical), (mean.clone(), ParityVerdict::WithinTolerance)];
    assert_eq!(verdicts(&made), expected);
    made.write_task(&json!([{"output": "predictions", "rule": "exact", "because": "made"}]));
    assert_eq!(verdicts(&made), [(last.clone(), ParityVerdict::Identical), (mean.clone(), ParityVerdict::Different)]);
    fs::remove_file(&file).expect("removed");
    assert_eq!(verdicts(&made), [(last, ParityVerdict::Identical), (mean, ParityVerdict::Unchecked)]);
}

#[test]
fn wrong_documents_are_refused_by_name() {
    let made = Made::new();
    let mut implementation = made.write_implementation("made_subject", "");
    implementation.task = "other".to_owned().try_into().expect("an id");
    made.save(&implementation);
    let stderr = |assert: assert_cmd::assert::Assert| {
        String::from_utf8(assert.code(2).get_output().stderr.clone()).expect("text")
    };
    let other = stderr(made.check("conform", &["--implementation", "made_subject.json", "--out", "out"]));
    assert!(other.contains("made_subject does task other, not made"), "{other}");
    let name = fs::read_dir(made.path(".ferrobench/data")).expect("made").next().expect("one").expect("read").path();
    fs::write(name.join("y.npy"), "damaged").expect("written");
    let damaged = stderr(made.check("parity", &["--certificates", "out", "--out", "parity"]));
    assert!(damaged.contains("y.npy") && damaged.contains("\nhint: "), "{damaged}");
    assert!(!made.path("out").exists() && !made.path("parity").exists());
}
