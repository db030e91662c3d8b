//! The metrics of classes, scores and clusters against scikit-learn's.

use super::*;

const CLASSES: &str = include_str!("../../../tests/golden/classes.json");
const CLUSTERS: &str = include_str!("../../../tests/golden/clusters.json");

struct Case(Value);

impl Case {
    fn column(&self, name: &str) -> Vec<f64> {
        self.0[name].as_array().expect(name).iter().map(|value| value.as_f64().expect("a number")).collect()
    }

    fn columns(&self) -> usize {
        self.0["columns"].as_u64().expect("columns") as usize
    }

    fn expected(&self) -> BTreeMap<String, Option<f64>> {
        serde_json::from_value(self.0["metrics"].clone()).expect("metrics")
    }

    fn assert_same(&self, metric: &Metric, got: &MetricValue, tolerance: f64, least: f64) {
        let place = format!("{} of {}", metric.id, self.0["name"]);
        match (got.value, self.expected()[metric.id]) {
            (Some(got), Some(expected)) => {
                assert!(
                    (got - expected).abs() <= tolerance * expected.abs().max(least),
                    "{place}: {got} for {expected}"
                );
            }
            (None, None) => assert!(got.reason.is_some(), "{place}: null has a reason"),
            (value, expected) => panic!("{place}: {value:?} for {expected:?} ({:?})", got.reason),
        }
    }
}

fn cases(text: &str) -> Vec<Case> {
    let golden: Value = serde_json::from_str(text).expect("JSON");
    let cases: Vec<Case> = golden["cases"].as_array().expect("cases").iter().cloned().map(Case).collect();
    assert!(cases.len() >= 200, "{} cases", cases.len());
    cases
}

/// Made by `scripts/reference/class_metrics_golden.py`, as are those below.
#[test]
fn classes_and_scores_agree_with_scikit_learn() {
    let mut undefined = 0;
    for case in cases(CLASSES) {
        let (target, predicted, scores) = (case.column("target"), case.column("predicted"), case.column("scores"));
        let scores = Rows { values: &scores, columns: case.columns() };
        let of = |metric: &Metric| match metric.compute {
            Compute::Classes(_) => Some(metric.value(&target[..], &predicted[..])),
            Compute::Scores(_) => Some(metric.value(&target[..], scores)),
            _ => None,
        };
        let found: Vec<(&Metric, MetricValue)> =
            METRICS.iter().filter_map(|metric| Some((metric, of(metric)?))).collect();
        assert_eq!(found.len(), case.expected().len(), "every metric has golden values");
        for (metric, got) in &found {
            undefined += usize::from(got.value.is_none());
            case.assert_same(metric, got, GOLDEN_TOLERANCE, 1e-3);
        }
    }
    assert!(undefined > 10, "{undefined} undefined: a class without a row is among the cases");
}

#[test]
fn clusters_agree_with_scikit_learn() {
    for case in cases(CLUSTERS) {
        let (x, labels) = (case.column("x"), case.column("labels"));
        let rows = Rows { values: &x, columns: case.columns() };
        let found = METRICS.iter().filter(|metric| matches!(metric.compute, Compute::Clusters(_)));
        for metric in found {
            // Its own distances to the centres lose half their digits, of which the rest is a share of 1.
            let (tolerance, least) = if metric.id == "davies_bouldin" { (1e-6, 1.0) } else { (1e-9, 1e-3) };
            case.assert_same(metric, &metric.value(rows, &labels[..]), tolerance, least);
        }
    }
}

#[test]
fn what_is_no_class_or_has_no_column_says_so() {
    let reason = |id: &str, target: &[f64], output: Rows<'_>| {
        find(id).expect(id).value(target, output).reason.expect("a reason")
    };
    let two = |values| Rows { values, columns: 2 };
    assert_eq!(reason("f1", &[0.0, 1.0], (&[0.0, 0.5][..]).into()), "the output holds 0.5 in row 1, which is no class");
    assert_eq!(reason("accuracy", &[0.0, 1.0], two(&[0.0; 4])), "the output has 2 columns where one is needed");
    assert_eq!(reason("auc_roc", &[0.0, 2.0], two(&[0.0; 4])), "class 2 has no column among 2");
    assert_eq!(reason("auc_pr", &[0.0, -1.0], two(&[0.0; 4])), "class -1 has no column among 2");
    assert_eq!(reason("auc_roc", &[1.0, 1.0], two(&[0.0; 4])), "undefined for class 1: every row is of it");
    assert_eq!(reason("silhouette", &[0.0, 1.0], (&[3.0, 3.0][..]).into()), "undefined: 1 clusters of 2 rows");
    let inertia = find("inertia").expect("inertia");
    assert_eq!(inertia.own(2.5).value, Some(2.5));
    assert_eq!(inertia.own(f64::NAN).reason.as_deref(), Some("too large for a double"));
    assert!(inertia.value(&[1.0][..], &[1.0][..]).reason.is_some_and(|told| told.contains("no target")));
}

proptest! {
    #[test]
    fn other_names_of_the_clusters_change_nothing(
        rows in prop::collection::vec((-10.0..10.0_f64, -10.0..10.0_f64, 0..4_i8), 5..30),
    ) {
        let x: Vec<f64> = rows.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        let named = |names: [f64; 4]| rows.iter().map(|(_, _, label)| names[*label as usize]).collect::<Vec<f64>>();
        let (labels, others) = (named([0.0, 1.0, 2.0, 3.0]), named([5.0, -1.0, 0.0, 9.0]));
        for id in ["silhouette", "calinski_harabasz", "davies_bouldin"] {
            let of = |labels: &[f64]| find(id).expect(id).value(Rows { values: &x, columns: 2 }, labels).value;
            match (of(&labels), of(&others)) {
                (Some(a), Some(b)) => prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{}: {} {}", id, a, b),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    #[test]
    fn turned_scores_turn_the_order(
        rows in prop::collection::vec((0..6_i8, any::<bool>()), 2..30),
    ) {
        let target: Vec<f64> = rows.iter().map(|(_, own)| f64::from(u8::from(*own))).collect();
        let scores: Vec<f64> = rows.iter().map(|(score, _)| f64::from(*score)).collect();
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        let auc = |scores: &[f64]| find("auc_roc").expect("auc_roc").value(&target[..], scores).value;
        if let (Some(a), Some(b)) = (auc(&scores), auc(&turned)) {
            prop_assert!((a + b - 1.0).abs() < 1e-12, "{} {}", a, b);
        }
    }
}
