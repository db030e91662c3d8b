//! `check` as a process, on an implementation that keeps every rule or breaks just one.

mod made;
mod other_languages;

use std::collections::BTreeMap;
use std::fs;

use datasets::npy::{self, Array};
use made::Made;
use schema::certificate::Certificate;
use schema::config::DatasetChoice;
use schema::document;
use schema::evaluation::ParityVerdict;
use schema::id::Id;
use schema::task::TaskSpec;
use serde_json::json;

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
    assert!(first.conforms && first.checks.len() == 21);
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
        ("another_dataset", "another_dataset", "exit code 2 was due; exit code 0"),
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
            scope.spawn(move || {
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
        let parity = made.parity();
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
fn algorithms_have_their_own_data_and_outputs() {
    let made = Made::new();
    let change = |edit: &dyn Fn(&mut TaskSpec)| {
        let mut task: TaskSpec = document::read(&made.path("task.json")).expect("a task");
        edit(&mut task);
        document::write(&made.path("task.json"), &task).expect("written");
    };
    let id = |text: &str| Id::new(text).expect("an id");
    change(&|task| {
        task.datasets.push(id("other"));
        let last = task.algorithms.get_mut(&id("last")).expect("last");
        last.datasets = vec![id("other")];
        last.smoke_dataset = Some(DatasetChoice::Name(id("other")));
    });
    made.write_implementation("made_subject", "");
    let conform = |more: &[&str]| {
        made.check("conform", &[more, &["--implementation", "made_subject.json", "--out", "out"]].concat())
    };
    let missing = String::from_utf8(conform(&[]).code(2).get_output().stderr.clone()).expect("text");
    assert!(missing.contains("--dataset: the smoke case of made needs other too"), "{missing}");
    let y = Array { shape: vec![4], values: vec![1.0, 2.0, 3.0, 4.0] };
    made.write_dataset("other", &[("y", y)], &[0, 1, 2], &[3]);
    conform(&["other.json"]).success();
    let certificate: Certificate = document::read(&made.path("out/made_subject.json")).expect("a certificate");
    assert_eq!(failed(&certificate), BTreeMap::new());
    let left = |algorithm: &str| {
        let file = made.path(&format!("out/made_subject/{algorithm}/outputs/predictions.npy"));
        npy::read::<f64>(&file, 1 << 20).expect("read").values
    };
    assert_eq!((left("mean"), left("last")), (vec![2.5, 2.5], vec![3.0]));
    change(&|task| task.outputs[1].algorithms = vec![id("last")]);
    conform(&["other.json"]).success();
    let certificate: Certificate = document::read(&made.path("out/made_subject.json")).expect("a certificate");
    assert_eq!(failed(&certificate)["outputs"], "mean: `value` is no output of this algorithm in the task");
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
