//! The protocol from outside: an order in, marks, outputs and one document out. The Python twin's
//! tests ask the same of it.

use std::fs;
use std::path::{Path, PathBuf};

use datasets::npy::{self, Array};
use schema::mark::MarkName;
use schema::outcome::{Outcome, OutcomeStatus};
use serde_json::{Value, json};

use super::*;
use crate::command_line::ProtocolFlags;

const PROGRAM: Program = Program {
    task,
    implementation: "mean_test",
    class: Class::Library,
    framework: "serde",
    algorithms: &["mean"],
    features: || vec!["mean_test"],
    kernels: &["none"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn task() -> TaskSpec {
    serde_json::from_value(json!({
        "protocol": schema::PROTOCOL, "task": "mean", "summary": "The mean", "domain": "classical",
        "algorithms": {"mean": {"summary": "The mean", "parameters": {"type": "object", "properties": {
            "scale": {"type": "number", "minimum": 0.5, "maximum": 4.0, "default": 1.0, "description": "A factor"},
            "unused": {"type": "string", "enum": ["ward", "average"], "default": "ward", "description": "A word"}
        }}}},
        "datasets": ["three"], "metrics": [], "parity": [],
        "marks": [{"name": "fit", "required": true, "repeats": true, "work": true}],
        "outputs": [{"name": "mean", "kind": "npy", "dtype": "f64", "shape": ["1"]}],
        "smoke": {"dataset": "three", "mode": "warm", "warmup": 1, "iterations": 2, "timeout_s": 60}
    }))
    .expect("a task")
}

/// The mean of the training rows, times `scale`.
fn work(run: &mut Run) -> Result<(), Stop> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Mean {
        scale: f64,
    }
    let parameters: Mean = run.hyperparameters()?;
    let (x, train) =
        run.mark(MarkName::Load, |inputs| Ok::<_, Stop>((inputs.array::<f64>("x")?, inputs.rows("train")?)))?;
    let mut mean = 0.0;
    for iteration in run.iterations() {
        mean = run.mark_iteration(MarkName::Fit, iteration, || {
            train.iter().map(|row| x.values[*row]).sum::<f64>() / train.len() as f64 * parameters.scale
        });
    }
    run.fact("rows", train.len());
    run.output("mean", vec![1], vec![mean]);
    Ok(())
}

/// A folder with an order and data: x = 1, 2, 6; train = 0, 2.
struct Case {
    folder: tempfile::TempDir,
    params: Value,
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: tempfile::tempdir().expect("a folder"), params: params() };
        npy::write(&case.path("x.npy"), &Array { shape: vec![3], values: vec![1.0, 2.0, 6.0] }).expect("x");
        npy::write(&case.path("train.npy"), &Array { shape: vec![2], values: vec![0_i64, 2] }).expect("train");
        case.write_manifest();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_manifest(&self) {
        let file = |name: &str, dtype: &str, length: u64| {
            let path = self.path(&format!("{name}.npy"));
            json!({
                "name": name, "path": format!("{name}.npy"), "format": "npy", "dtype": dtype, "shape": [length],
                "bytes": fs::metadata(&path).expect("there").len(), "sha256": schema::digest::of_file(&path).expect("read"),
            })
        };
        let manifest = json!({
            "schema_version": "1.0", "dataset": "three", "choice": "three", "inputs": [file("x", "f64", 3)],
            "splits": [{"name": "holdout", "algorithm": "by_hand", "seed": 0, "parts": [file("train", "i64", 2)]}],
            "weights": null, "rows": 3, "columns": 1, "source": {"origin": "a test", "licence": "none"},
        });
        fs::write(self.path("manifest.json"), manifest.to_string()).expect("written");
    }

    fn conduct(&self, work: Work) -> Result<Outcome, Stop> {
        fs::write(self.path("params.json"), self.params.to_string()).expect("written");
        let flags = ProtocolFlags {
            params: self.path("params.json"),
            data: self.folder.path().to_owned(),
            out: self.path("out"),
            seed: 7,
        };
        outcome::conduct(&flags, |run| guarded(work, run), &PROGRAM)
    }

    /// What the run left behind, as any reader would read it.
    fn outcome(&self) -> Outcome {
        schema::document::read(&self.path("out/outcome.json")).expect("a valid outcome")
    }
}

fn params() -> Value {
    json!({
        "protocol": schema::PROTOCOL, "run_id": "r1", "task": "mean", "algorithm": "mean",
        "hyperparameters": {"scale": 2.0}, "dataset": "three", "split": "holdout", "device": "cpu", "threads": 1,
        "mode": "warm", "warmup": 1, "iterations": 2, "work": ["fit"], "capture": "full", "slow_percent": 0,
    })
}

fn refusal(case: &Case) -> String {
    match case.conduct(work) {
        Err(Stop::BadInput(faults)) => faults.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_run_leaves_marks_in_order_its_output_and_a_valid_outcome() {
    let case = Case::new();
    case.conduct(work).expect("done");
    let outcome = case.outcome();
    assert_eq!((outcome.status, outcome.seed, outcome.run_id.as_str()), (OutcomeStatus::Done, 7, "r1"));
    let marks: Vec<_> = outcome.marks.iter().map(|mark| (mark.name, mark.iteration)).collect();
    assert_eq!(marks, [(MarkName::Load, 0), (MarkName::Fit, 0), (MarkName::Fit, 1), (MarkName::Fit, 2)]);
    let times: Vec<u64> = outcome.marks.iter().flat_map(|mark| [mark.start_ns, mark.end_ns]).collect();
    assert!(times.is_sorted(), "{times:?}");
    let [artifact] = outcome.artifacts.as_slice() else { panic!("one artifact") };
    let written = case.path("out").join(artifact.path.as_ref().expect("written in full"));
    assert_eq!(npy::read::<f64>(&written, 1 << 20).expect("npy").values, [7.0]);
    assert_eq!(schema::digest::of_file(&written).expect("read"), artifact.sha256);
    assert_eq!(outcome.facts["rows"], 2);
    assert!(outcome.versions["rustc"].starts_with("1."));
}

#[test]
fn a_digest_is_that_of_the_file_that_is_not_written() {
    let full = Case::new();
    full.conduct(work).expect("done");
    let mut digest = Case::new();
    digest.params["capture"] = json!("digest");
    digest.conduct(work).expect("done");
    assert!(!digest.path("out/outputs").exists());
    let (left, right) = (digest.outcome().artifacts, full.outcome().artifacts);
    assert_eq!((left[0].path.as_ref(), &left[0].sha256, left[0].bytes), (None, &right[0].sha256, right[0].bytes));
}

#[test]
fn what_fails_says_why_and_keeps_its_marks() {
    let endings: [(Work, OutcomeStatus, &str); 4] = [
        (
            |run| {
                run.output("mean", vec![2], vec![0.0, f64::NAN]);
                Ok(())
            },
            OutcomeStatus::Failed,
            "diverged: `mean` holds NaN at 1",
        ),
        (|_| panic!("on purpose"), OutcomeStatus::Failed, "panicked: on purpose"),
        (|_| Err(Stop::Impossible("no such device".to_owned())), OutcomeStatus::Skipped, "no such device"),
        (
            |run| {
                run.mark_iteration(MarkName::Fit, 0, || ());
                Err(Stop::Failed("no".to_owned()))
            },
            OutcomeStatus::Failed,
            "no",
        ),
    ];
    for (work, status, reason) in endings {
        let case = Case::new();
        assert!(case.conduct(work).is_err());
        let outcome = case.outcome();
        assert_eq!((outcome.status, outcome.reason.as_deref()), (status, Some(reason)));
        assert!(outcome.artifacts.is_empty() && !case.path("out/outputs").exists());
        assert_eq!(outcome.marks.len(), usize::from(reason == "no"));
    }
}

#[test]
fn an_order_that_does_not_fit_is_refused_and_leaves_nothing() {
    let orders = [
        ("/protocol", json!("ferrobench-task/9"), "this program speaks `ferrobench-task/1`"),
        ("/task", json!("svm"), "task `svm`; this program does `mean`"),
        ("/algorithm", json!("meann"), "hint: did you mean `mean`?"),
        ("/hyperparameters", json!({"scale": 1.0, "x": 1}), "unknown field `x`"),
        ("/hyperparameters", json!({}), "missing field `scale`"),
        ("/hyperparameters", json!({"scale": "big"}), "invalid type"),
        ("/hyperparameters", json!({"scale": 5.0}), "`scale` is 5e0; allowed: at most 4e0"),
        ("/hyperparameters", json!({"scale": 0.25}), "`scale` is 2.5e-1; allowed: at least 5e-1"),
        ("/hyperparameters", json!({"scale": 1.0, "unused": "wrd"}), "`unused` is wrd; allowed: ward, average"),
        ("/threads", json!(0), "1 or more"),
        ("/split", json!("other"), "has no split `other`"),
        ("/mode", json!("lukewarm"), "lukewarm"),
        ("/dataset", json!("four"), "dataset `four`; the data folder holds `three`"),
    ];
    for (pointer, value, complaint) in orders {
        let mut case = Case::new();
        *case.params.pointer_mut(pointer).expect("a key of params") = value;
        let text = refusal(&case);
        assert!(text.starts_with("error: ") && text.contains(complaint), "{pointer}: {text}");
        assert!(!case.path("out/outcome.json").exists());
    }
    let mut case = Case::new();
    case.params["surprise"] = json!(1);
    assert!(refusal(&case).contains("unknown field `surprise`"));
}

#[test]
fn data_that_are_not_what_the_manifest_says_are_refused() {
    let edit = |change: fn(&Case)| {
        let case = Case::new();
        change(&case);
        refusal(&case)
    };
    assert!(edit(|case| fs::remove_file(case.path("x.npy")).expect("removed")).contains("cannot read"));
    assert!(edit(|case| fs::write(case.path("x.npy"), b"").expect("written")).contains("0 bytes; the manifest says"));
    let changed = edit(|case| {
        npy::write(&case.path("x.npy"), &Array { shape: vec![3], values: vec![1.0, 2.0, 7.0] }).expect("x");
    });
    assert!(changed.contains("sha256 ") && changed.contains("; the manifest says "), "{changed}");
    let beyond = edit(|case| {
        npy::write(&case.path("train.npy"), &Array { shape: vec![2], values: vec![0_i64, 3] }).expect("train");
        case.write_manifest();
    });
    assert!(beyond.contains("part `train` names row 3 of 3"), "{beyond}");
    let not_finite = edit(|case| {
        npy::write(&case.path("x.npy"), &Array { shape: vec![3], values: vec![1.0, f64::NAN, 6.0] }).expect("x");
        case.write_manifest();
    });
    assert!(not_finite.contains("value 1 is not finite"), "{not_finite}");
}

#[test]
fn another_device_is_skipped_not_refused() {
    let mut case = Case::new();
    case.params["device"] = json!("cuda");
    assert!(matches!(case.conduct(work), Err(Stop::Impossible(_))));
    let outcome = case.outcome();
    assert_eq!((outcome.status, outcome.marks.len()), (OutcomeStatus::Skipped, 0));
    assert!(outcome.reason.is_some_and(|reason| reason.contains("CPU")));
}

#[test]
fn flags_are_read_and_misspelt_ones_get_a_guess() {
    let parse = |words: &[&str]| command_line::parse(&PROGRAM, words.iter().map(|word| (*word).to_owned()));
    assert!(matches!(parse(&["--describe"]), Ok(Command::Describe)));
    assert!(matches!(parse(&["--params", "p", "--data=d", "--out", "o", "--seed", "3"]), Ok(Command::Protocol(flags))
        if flags.seed == 3 && flags.data == Path::new("d")));
    assert!(matches!(parse(&["--dataset", "three", "--scale", "2"]), Ok(Command::Direct(_))));
    for (words, complaint) in [
        (&["--params", "p"][..], "--data: missing"),
        (&["--params", "p", "--scale", "1"], "not allowed beside --params"),
        (&["--params", "p", "--data", "d", "--out", "o", "--seed", "-1"], "no whole number"),
        (&["--scael", "1"], "did you mean `--scale`?"),
        (&["--scale"], "needs a value"),
        (&["--seed", "1", "--seed", "2"], "given twice"),
        (&["three"], "unexpected word `three`"),
    ] {
        let Err(Stop::BadInput(faults)) = parse(words) else { panic!("{words:?} was not refused") };
        assert!(faults.to_string().contains(complaint), "{words:?}: {faults}");
    }
}

#[test]
fn it_describes_itself_by_the_schema_and_explains_its_flags() {
    let text = describe::describe(&PROGRAM);
    let document: schema::implementation::Describe =
        schema::document::parse(text.as_bytes(), "describe").expect("valid by its schema");
    assert_eq!(document.build.features, ["mean_test"]);
    assert_eq!(document.framework_version, versions::of("serde").expect("locked"));
    let help = command_line::help(&PROGRAM);
    for part in ["--scale NUMBER (default 1.0, at least 0.5, at most 4.0)  A factor", "--dataset NAME", "three"] {
        assert!(help.contains(part), "{part} in\n{help}");
    }
}

mod tables;
