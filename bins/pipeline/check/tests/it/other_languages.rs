//! A program in C++ is examined, and compared, like any other (`tests/other_languages/linear.cpp`).

use std::path::PathBuf;
use std::process::Command;

use datasets::npy::{self, Array};
use schema::evaluation::ParityVerdict;
use serde_json::json;

use crate::made::{Made, repository};

const INTERCEPT: f64 = 3.25;
const COEFFICIENTS: [f64; 3] = [2.0, -0.5, 0.125];
const ROWS: i64 = 40;
const TRAIN_ROWS: i64 = 30;

/// Points on a plane, without noise: least squares has to find it again.
fn plane() -> (Array<f64>, Array<f64>) {
    let cell = |row: i64, column: i64| ((row * (2 * column + 3) + column) % 17) as f64 / 4.0 - 2.0;
    let x: Vec<f64> = (0..ROWS).flat_map(|row| (0..3).map(move |column| cell(row, column))).collect();
    let on_plane = |row: &[f64]| INTERCEPT + row.iter().zip(COEFFICIENTS).map(|(x, b)| x * b).sum::<f64>();
    let y = x.chunks(3).map(on_plane).collect();
    (Array { shape: vec![ROWS as u64, 3], values: x }, Array { shape: vec![ROWS as u64], values: y })
}

fn made() -> Made {
    let (x, y) = plane();
    let rows: Vec<i64> = (0..ROWS).collect();
    let (train, test) = rows.split_at(TRAIN_ROWS as usize);
    let made = Made::regression(x, y, train, test);
    let program = made.path("regression_cpp");
    let source = repository().join("tests/other_languages/linear.cpp");
    let mut compiler = Command::new("g++");
    compiler
        .args(["-std=c++17", "-O3", "-march=native", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(source);
    let built = compiler.output().expect("g++ is installed");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    made.describe("regression_cpp", &[program.display().to_string()], &json!({}), &program);
    made
}

#[test]
fn a_program_in_another_language_conforms_and_finds_the_plane() {
    let made = made();
    let certificate = made.conform("regression_cpp");
    let failed: Vec<_> = certificate.checks.iter().filter(|check| !check.passed).collect();
    assert!(certificate.conforms, "{failed:?}");
    let output = |name: &str| {
        let path = made.path("out/regression_cpp/linear/outputs").join(format!("{name}.npy"));
        npy::read::<f64>(&path, 1 << 20).expect("read").values
    };
    let near = |found: &[f64], known: &[f64]| {
        assert_eq!(found.len(), known.len());
        for (found, known) in found.iter().zip(known) {
            assert!((found - known).abs() < 1e-12, "{found} for {known}");
        }
    };
    near(&output("coefficients"), &COEFFICIENTS);
    near(&output("intercept"), &[INTERCEPT]);
    near(&output("predictions"), &plane().1.values[TRAIN_ROWS as usize..]);
}

/// Needs the Python environment that `scripts/setup` makes; without it there is nothing to compare with.
#[test]
fn it_does_the_same_work_as_scikit_learn() {
    let Some(python) = environment_python() else {
        // scripts/test sets this variable and makes the environment first: there it may not be missing.
        assert!(std::env::var_os("FERROBENCH_REFERENCE_PYTHON").is_none(), "the environment `core` is missing");
        return;
    };
    let made = made();
    let root = repository();
    let script = root.join("bins/regression/src/bin/regression_sklearn.py");
    let env = json!({"PYTHONPATH": root.join("crates/task/python"), "PYTHONNOUSERSITE": "1"});
    let argv = [python.display().to_string(), "-s".to_owned(), script.display().to_string()];
    made.describe("regression_sklearn", &argv, &env, &script);
    for name in ["regression_cpp", "regression_sklearn"] {
        let certificate = made.conform(name);
        let failed: Vec<_> = certificate.checks.iter().filter(|check| !check.passed).collect();
        assert!(certificate.conforms, "{name}: {failed:?}");
    }
    let parity = made.parity();
    assert_eq!(parity.len(), 1);
    assert_eq!(parity[0].rules.len(), 4, "coefficients, intercept, objective, predictions");
    assert!(parity[0].verdict <= ParityVerdict::WithinTolerance, "{parity:?}");
}

fn environment_python() -> Option<PathBuf> {
    let printed = Command::new(repository().join("scripts/environment")).args(["--path", "core"]).output().ok()?;
    let folder = String::from_utf8(printed.stdout).ok()?;
    let python = PathBuf::from(folder.trim()).join("bin/python");
    (printed.status.success() && python.is_file()).then_some(python)
}
