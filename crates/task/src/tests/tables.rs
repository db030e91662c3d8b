//! Tables with classes, points without a target, and the split that judges none. The Python twin's
//! tests ask the same of it.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use super::*;

/// x = (1, 2), (3, 4), (5, 6); y = 1, 0, 2 as classes; `holdout` trains on rows 2 and 0, `all` on every row.
fn case() -> Case {
    let case = Case::new();
    npy::write(&case.path("x.npy"), &Array { shape: vec![3, 2], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] })
        .expect("x");
    write_classes(&case, [1, 0, 2]);
    case
}

fn write_classes(case: &Case, classes: [i64; 3]) {
    for (name, values) in [("y", classes.to_vec()), ("train", vec![2, 0]), ("test", vec![1]), ("all", vec![0, 1, 2])] {
        let array = Array { shape: vec![values.len() as u64], values };
        npy::write(&case.path(&format!("{name}.npy")), &array).expect("written");
    }
    let file = |name: &str, dtype: &str, shape: &[u64]| {
        let path = case.path(&format!("{name}.npy"));
        json!({
            "name": name, "path": format!("{name}.npy"), "format": "npy", "dtype": dtype, "shape": shape,
            "bytes": fs::metadata(&path).expect("there").len(), "sha256": schema::digest::of_file(&path).expect("read"),
        })
    };
    let split = |name: &str, parts: Value| json!({"name": name, "algorithm": "by_hand", "seed": 0, "parts": parts});
    let manifest = json!({
        "schema_version": "1.0", "dataset": "three", "choice": "three",
        "inputs": [file("x", "f64", &[3, 2]), file("y", "i64", &[3])],
        "splits": [
            split("holdout", json!([file("train", "i64", &[2]), file("test", "i64", &[1])])),
            split("all", json!([file("all", "i64", &[3])])),
        ],
        "weights": null, "rows": 3, "columns": 2, "source": {"origin": "a test", "licence": "none"},
    });
    fs::write(case.path("manifest.json"), manifest.to_string()).expect("written");
}

fn classify(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, crate::Inputs::classes)?;
    let Turn { columns, x_train, y_train, x_test, .. } = table.turn(0);
    assert_eq!((*columns, x_train.as_slice(), x_test.as_slice()), (2, &[5.0, 6.0, 1.0, 2.0][..], &[3.0, 4.0][..]));
    let classes = y_train.clone();
    run.output("mean", vec![2], classes);
    Ok(())
}

fn cluster(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, crate::Inputs::points)?;
    let turn = table.turn(0);
    let (points, rest) = (turn.x_train.clone(), turn.y_train.len() + turn.x_test.len());
    assert_eq!(rest, 0);
    run.output("mean", vec![3, 2], points);
    Ok(())
}

fn regress(run: &mut Run) -> Result<(), Stop> {
    run.mark(MarkName::Load, crate::Inputs::table).map(drop)
}

#[test]
fn classes_are_whole_numbers_from_the_data_to_the_output() {
    let case = case();
    case.conduct(classify).expect("done");
    assert_eq!(npy::read::<i64>(&case.path("out/outputs/mean.npy"), 1 << 10).expect("npy").values, [2, 1]);
    write_classes(&case, [1, -1, -2]);
    let Err(Stop::BadInput(faults)) = case.conduct(classify) else { panic!("not refused") };
    assert_eq!(faults.to_string(), "error: data manifest: `y` holds -2, which is no class");
}

#[test]
fn points_have_no_target_and_all_rows_train_in_their_order() {
    let mut case = case();
    case.params["split"] = json!("all");
    case.conduct(cluster).expect("done");
    let points = npy::read::<f64>(&case.path("out/outputs/mean.npy"), 1 << 10).expect("npy");
    assert_eq!((points.shape, points.values), (vec![3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
}

#[test]
fn classes_are_no_numbers_to_regress_on() {
    let case = case();
    let Err(Stop::BadInput(faults)) = case.conduct(regress) else { panic!("not refused") };
    assert!(faults.to_string().ends_with("y.npy: holds numbers of type '<i8' where '<f8' is needed"), "{faults}");
}

#[test]
fn an_algorithm_is_given_only_the_datasets_that_it_takes() {
    fn picky() -> TaskSpec {
        let mut task = task();
        for algorithm in task.algorithms.values_mut() {
            algorithm.datasets = vec![schema::id::Id::new("threes").expect("an id")];
        }
        task
    }
    let case = case();
    fs::write(case.path("params.json"), case.params.to_string()).expect("written");
    let (params, data) = (case.path("params.json"), case.folder.path().to_owned());
    let flags = ProtocolFlags { params, data, out: case.path("out"), seed: 7 };
    let program = Program { task: picky, ..PROGRAM };
    let Err(Stop::BadInput(faults)) = outcome::conduct(&flags, work, &program) else { panic!("not refused") };
    let told = "error: params.json: `mean` takes no dataset `three`; it takes threes\nhint: did you mean `threes`?";
    assert_eq!(faults.to_string(), told);
}
