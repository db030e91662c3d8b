//! Support vector machines against scikit-learn's own answers on easy and on nasty data
//! (`scripts/reference/svm_golden.py`), and against what their optimum has to fulfil.

use std::num::NonZeroUsize;

use kernels::svm::classification::{self, Classifier, Labelled, Softness};
use kernels::svm::{self, Gamma, Kernel, Unfit, linear, regression};
use proptest::prelude::*;
use serde_json::Value;

use crate::given::{numbers, whole};

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const TIGHT: f64 = 1e-6;
const CACHE_BYTES: usize = 1 << 20;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/svm.json")).expect("JSON")
}

struct Design {
    x: Vec<f64>,
    y: Value,
    columns: usize,
}

impl Design {
    fn of(document: &Value, case: &Value) -> Self {
        let design = &document["designs"][case["design"].as_str().expect("a name")];
        let columns = design["columns"].as_u64().expect("a number") as usize;
        Self { x: numbers(&design["x"]), y: design["y"].clone(), columns }
    }

    fn kernel(&self, case: &Value) -> Kernel {
        let gamma = match &case["gamma"] {
            Value::String(name) if name == "auto" => Gamma::Auto,
            Value::Number(value) => Gamma::Value(value.as_f64().expect("a number")),
            _ => Gamma::Scale,
        };
        let gamma = gamma.of(&self.x, self.columns);
        match case["kernel"].as_str().expect("a name") {
            "linear" => Kernel::Linear,
            "rbf" => Kernel::Rbf { gamma },
            _ => Kernel::Polynomial {
                gamma,
                degree: case["degree"].as_u64().expect("a number") as u32,
                coef0: case["coef0"].as_f64().expect("a number"),
            },
        }
    }

    /// The first rows, as many as were judged.
    fn judged(&self, rows: usize) -> &[f64] {
        &self.x[..rows * self.columns]
    }
}

fn options(design: &Design, case: &Value) -> classification::Options {
    let softness = match case["nu"].as_f64() {
        Some(nu) => Softness::Nu(nu),
        None => Softness::C(case["c"].as_f64().expect("a number")),
    };
    classification::Options {
        kernel: design.kernel(case),
        softness,
        tolerance: TIGHT,
        cache_bytes: CACHE_BYTES,
        probability: case["random_state"].as_u64().map(|seed| svm::libsvm_seed(seed as u32)),
    }
}

fn fit(design: &Design, case: &Value, threads: NonZeroUsize) -> Result<Classifier, Unfit> {
    let classes = whole(&design.y);
    classification::fit(
        Labelled { x: &design.x, classes: &classes, columns: design.columns },
        &options(design, case),
        threads,
    )
}

fn named(case: &Value) -> String {
    let mut case = case.clone();
    let all = case.as_object_mut().expect("an object");
    all.retain(|name, _| !["decisions", "scores", "labels", "predictions"].contains(&name.as_str()));
    case.to_string()
}

/// Decisions of the size of the largest, or of the margin.
fn assert_near(found: &[f64], expected: &[f64], tolerance: f64, name: &str) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let size = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * size, "{name}: {found} {expected}");
    }
}

#[test]
fn classifiers_decide_as_scikit_learn_s_do() {
    let document = golden();
    for case in document["classifiers"].as_array().expect("cases") {
        let (design, name) = (Design::of(&document, case), named(case));
        let fitted = fit(&design, case, ONE);
        if let Some(refused) = case["refused"].as_str() {
            assert_eq!(fitted.expect_err(&name).to_string(), refused, "{name}");
            continue;
        }
        let fitted = fitted.expect(&name);
        assert!(fitted.converged, "{name}");
        let labels = whole(&case["labels"]);
        let judged = design.judged(labels.len());
        // nu-SVC's decisions are divided by a margin that may be thin, and so are their errors.
        let tolerance = if case["nu"].is_number() { 3e-3 } else { 2e-4 };
        let (found, expected) = (fitted.decisions(judged, ONE), numbers(&case["decisions"]));
        assert_near(&found, &expected, tolerance, &name);
        let decided = expected.chunks_exact(expected.len() / labels.len());
        let decided = decided.map(|decisions| decisions.iter().all(|decision| decision.abs() > 2.0 * tolerance));
        for ((found, expected), decided) in fitted.predict(judged, ONE).iter().zip(&labels).zip(decided) {
            assert!(!decided || found == expected, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn probabilities_are_scikit_learn_s_of_the_same_seed() {
    let document = golden();
    for case in document["calibrated"].as_array().expect("cases") {
        let (design, name) = (Design::of(&document, case), named(case));
        let fitted = fit(&design, case, ONE).expect(&name);
        let expected = numbers(&case["scores"]);
        let judged = design.judged(expected.len() / fitted.classes().len());
        assert_near(&fitted.scores(judged, ONE), &expected, 2e-4, &name);
    }
}

#[test]
fn linear_machines_decide_as_scikit_learn_s_do() {
    let document = golden();
    for case in document["linear"].as_array().expect("cases") {
        let (design, name) = (Design::of(&document, case), named(case));
        let loss = if case["loss"] == "hinge" { linear::Loss::Hinge } else { linear::Loss::SquaredHinge };
        let options = linear::Options {
            c: case["c"].as_f64().expect("a number"),
            loss,
            tolerance: TIGHT,
            max_iter: 100_000,
            intercept_scaling: case["intercept_scaling"].as_f64().expect("a number"),
            seed: 7,
        };
        let fitted = linear::fit(&design.x, &whole(&design.y), design.columns, &options, ONE).expect(&name);
        assert!(fitted.converged, "{name}");
        let expected = numbers(&case["scores"]);
        let judged = design.judged(expected.len() / fitted.classes().len());
        assert_near(&fitted.scores(judged), &expected, 2e-4, &name);
    }
}

#[test]
fn regressors_predict_what_scikit_learn_s_do() {
    let document = golden();
    for case in document["regressors"].as_array().expect("cases") {
        let (design, name) = (Design::of(&document, case), named(case));
        let options = regression::Options {
            kernel: design.kernel(case),
            c: case["c"].as_f64().expect("a number"),
            epsilon: case["epsilon"].as_f64().expect("a number"),
            tolerance: TIGHT,
            cache_bytes: CACHE_BYTES,
        };
        let fitted = regression::fit(&design.x, &numbers(&design.y), design.columns, &options, ONE).expect(&name);
        assert!(fitted.converged, "{name}");
        let expected = numbers(&case["predictions"]);
        assert_near(&fitted.predict(design.judged(expected.len()), ONE), &expected, 2e-4, &name);
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_in_scikit_learn_s_words() {
    let options = |softness| classification::Options {
        kernel: Kernel::Linear,
        softness,
        tolerance: 1e-3,
        cache_bytes: CACHE_BYTES,
        probability: None,
    };
    let refused = |x: &[f64], classes: &[i64], softness| {
        classification::fit(Labelled { x, classes, columns: 1 }, &options(softness), ONE)
            .expect_err("unfit")
            .to_string()
    };
    let one = "The number of classes has to be greater than one; got 1 class";
    assert_eq!(refused(&[1.0, 2.0], &[3, 3], Softness::C(1.0)), one);
    assert_eq!(refused(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 0, 1], Softness::Nu(0.9)), "specified nu is infeasible");
    assert_eq!(refused(&[], &[], Softness::C(1.0)), "there are no rows or no columns");
    assert_eq!(refused(&[1.0], &[0, 1], Softness::C(1.0)), "the data's and the target's lengths do not agree");
    let linear = linear::Options {
        c: 1.0,
        loss: linear::Loss::Hinge,
        tolerance: 1e-3,
        max_iter: 9,
        intercept_scaling: 1.0,
        seed: 0,
    };
    assert_eq!(linear::fit(&[1.0, 2.0], &[3, 3], 1, &linear, ONE).expect_err("unfit").to_string(), one);
}

fn table(rows: usize, columns: usize, seed: u64) -> Vec<f64> {
    (0..rows * columns)
        .map(|i| ((i as u64 + 1).wrapping_mul(seed | 1) as f64 * 0.618_033_988_749_895).fract() - 0.5)
        .collect()
}

/// Rows that two lines through the origin part, some of them on the wrong side.
fn classes(x: &[f64], columns: usize, seed: u64) -> Vec<i64> {
    let of_row = |(index, row): (usize, &[f64])| {
        let side = row.iter().enumerate().map(|(j, value)| value * (j as f64 + 1.0).sin()).sum::<f64>();
        let flipped = (index as u64).wrapping_mul(seed | 1).is_multiple_of(11);
        i64::from((side > 0.0) != flipped) + i64::from(row[0] > 0.2)
    };
    x.chunks_exact(columns).enumerate().map(of_row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// More rows than a cut waits for, and a cache that holds only a few of them.
    #[test]
    fn neither_cache_nor_cuts_nor_threads_change_the_answer(
        rows in 60_usize..420, columns in 1_usize..6, seed in any::<u32>(), nu in any::<bool>()
    ) {
        let x = table(rows, columns, u64::from(seed));
        let classes = classes(&x, columns, u64::from(seed));
        prop_assume!((0..3).all(|class| classes.iter().filter(|other| **other == class).count() > 9));
        let softness = if nu { Softness::Nu(0.04) } else { Softness::C(10.0) };
        let fit = |cache_bytes, threads, tolerance| {
            let kernel = Kernel::Rbf { gamma: 2.0 };
            let options = classification::Options { kernel, softness, tolerance, cache_bytes, probability: None };
            let threads = NonZeroUsize::new(threads).expect("1 or more");
            classification::fit(Labelled { x: &x, classes: &classes, columns }, &options, threads)
        };
        let Ok(whole) = fit(1 << 24, 1, 1e-5) else { return Ok(()) };
        prop_assert!(whole.converged);
        let decisions = whole.decisions(&x, ONE);
        for (cache_bytes, threads) in [(0, 1), (1 << 24, 3)] {
            let other = fit(cache_bytes, threads, 1e-5).expect("fitted");
            let size = decisions.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
            for (found, expected) in other.decisions(&x, ONE).iter().zip(&decisions) {
                prop_assert!((found - expected).abs() <= 1e-3 * size, "{found} {expected}");
            }
        }
    }

    /// The optimum's own conditions: errors inside the tube have no coefficient, those outside the whole price.
    #[test]
    fn a_regressor_s_errors_fit_its_tube(rows in 10_usize..150, seed in any::<u32>(), epsilon in 0.01_f64..0.3) {
        let x = table(rows, 2, u64::from(seed));
        let y: Vec<f64> = x.chunks_exact(2).map(|row| (3.0 * row[0]).sin() + row[1]).collect();
        let options = regression::Options {
            kernel: Kernel::Rbf { gamma: 1.0 }, c: 1e3, epsilon, tolerance: 1e-5, cache_bytes: CACHE_BYTES,
        };
        let fitted = regression::fit(&x, &y, 2, &options, ONE).expect("fitted");
        prop_assert!(fitted.converged);
        let predictions = fitted.predict(&x, ONE);
        // So smooth a function fits into the tube at this price, and touches it.
        let worst = predictions.iter().zip(&y).map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f64::max);
        prop_assert!(worst <= epsilon + 1e-3, "{worst}");
    }
}
