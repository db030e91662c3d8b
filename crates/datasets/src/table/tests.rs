use serde_json::json;

use super::*;

fn choice(value: Value) -> DatasetChoice {
    serde_json::from_value(value).expect("a choice")
}

#[test]
fn the_table_is_sorted_and_every_entry_is_complete() {
    assert!(DATASETS.windows(2).all(|pair| pair[0].name < pair[1].name), "sorted, each name once");
    for dataset in DATASETS {
        let name = dataset.name;
        Id::new(name).expect("the name is an id");
        for text in [dataset.summary, dataset.licence] {
            assert!(!text.is_empty() && !text.contains('\n'), "{name}: one line");
        }
        let parameters = resolve(&DatasetChoice::Name(Id::new(name).expect("an id")))
            .unwrap_or_else(|faults| panic!("{name} with its defaults: {faults}"));
        let schema = schema_of(dataset);
        assert_eq!(defaults::names(&schema).len(), parameters.len(), "{name}: every parameter has a default");
        for (parameter, _) in dataset.in_id {
            assert!(parameters.contains_key(*parameter), "{name}: {parameter} stands in the id");
        }
        for property in schema["properties"].as_object().expect("properties").values() {
            let written = property["description"].as_str();
            assert!(written.is_some_and(|text| !text.is_empty()), "{name}: described");
        }
    }
}

#[test]
fn every_synthetic_entry_makes_what_it_is_asked_for() {
    for dataset in DATASETS {
        let Origin::Synthetic(make) = dataset.origin else { continue };
        let parameters = defaults::fill(&schema_of(dataset), &Map::new()).expect("defaults");
        let table = make(&parameters, 5);
        assert_eq!(table.x.shape.iter().product::<u64>(), table.x.values.len() as u64);
        assert_eq!(table.x.shape[0], table.y.values.len() as u64);
        assert!(table.x.values.iter().chain(&table.y.values).all(|value| value.is_finite()));
        assert_eq!(make(&parameters, 5), table, "the same seed gives the same bytes");
    }
}

#[test]
fn classes_are_whole_numbers_that_all_appear_and_none_where_they_have_no_corner() {
    for dataset in DATASETS.iter().filter(|dataset| dataset.target == Target::Classes) {
        let Origin::Synthetic(make) = dataset.origin else { continue };
        let parameters = defaults::fill(&schema_of(dataset), &Map::new()).expect("defaults");
        let y = make(&parameters, 5).y.values;
        let classes = y.iter().fold(0.0_f64, |most, class| most.max(*class)) as usize + 1;
        let mut counts = vec![0_usize; classes];
        for class in &y {
            assert!(class.fract().abs() < f64::MIN_POSITIVE, "{}: {class}", dataset.name);
            counts[*class as usize] += 1;
        }
        let fair = y.len() / classes;
        assert!(classes >= 2 && counts.iter().all(|count| count.abs_diff(fair) <= fair / 20), "{counts:?}");
    }
    let told = |value: Value| resolve(&choice(value)).expect_err("refused").to_string();
    let crowded = told(json!({"name": "synthetic_classification", "n_classes": 4, "n_informative": 2}));
    assert!(crowded.contains("2 clusters of every class have no corner each in 2 features"), "{crowded}");
    let narrow = told(json!({"name": "synthetic_classification", "n_features": 3}));
    assert!(narrow.contains("`n_informative` is 5 of 3 features"), "{narrow}");
}

#[test]
fn ids_are_readable_and_differ_when_and_only_when_the_data_do() {
    let id = |value: Value| dataset_id(&choice(value)).expect("an id").to_string();
    assert_eq!(id(json!("diabetes")), "diabetes");
    assert_eq!(id(json!("synthetic_linear")), "synthetic_linear_n2000_d20");
    let big = json!({"name": "synthetic_linear", "n_samples": 20000, "n_features": 100});
    assert_eq!(id(big), "synthetic_linear_n20000_d100");
    assert_eq!(id(json!({"name": "synthetic_linear", "noise": 1})), "synthetic_linear_n2000_d20");
    let noisy = id(json!({"name": "synthetic_linear", "noise": 2.0}));
    assert!(noisy.starts_with("synthetic_linear_n2000_d20_") && noisy.len() == 35, "{noisy}");
    assert_ne!(noisy, id(json!({"name": "synthetic_linear", "condition": 2.0})));
    let largest = json!({"name": "synthetic_linear", "n_samples": 100_000, "n_features": 10_000, "noise": 0.0});
    assert!(id(largest).len() <= 64);
}

#[test]
fn labels_say_what_differs() {
    let text = |value: Value| label(&choice(value)).expect("a label");
    assert_eq!(text(json!("diabetes")), "diabetes");
    let bad = json!({"name": "synthetic_linear", "condition": 1e10, "noise": 0.5});
    assert_eq!(text(bad), "synthetic_linear (n=2000, d=20, condition=1e10, noise=0.5)");
}

#[test]
fn equal_choices_are_equal_once_complete() {
    let short = complete(&choice(json!("synthetic_linear"))).expect("complete");
    let long =
        complete(&choice(json!({"name": "synthetic_linear", "n_samples": 2000.0, "noise": 1}))).expect("complete");
    assert_eq!(short, long);
    assert_eq!(complete(&choice(json!("diabetes"))).expect("complete"), choice(json!("diabetes")));
}

#[test]
fn every_fault_of_a_choice_is_told_with_the_dataset() {
    let faults = |value: Value| resolve(&choice(value)).expect_err("refused").to_string();
    let several = faults(json!({"name": "synthetic_linear", "n_samples": 1, "noise": -1.0, "n_feature": 3}));
    for part in ["dataset `synthetic_linear`", "n_samples", "noise", "did you mean `n_features`?"] {
        assert!(several.contains(part), "{part} in {several}");
    }
    assert!(faults(json!("diabetis")).contains("hint: did you mean `diabetes`?"));
    assert!(faults(json!({"name": "diabetes", "n_samples": 5})).contains("n_samples"));
    let huge = json!({"name": "synthetic_linear", "n_samples": 10_000_000, "n_features": 10_000});
    assert!(faults(huge).contains("n_samples × n_features"));
    let narrow = json!({"name": "synthetic_linear", "n_features": 1, "condition": 10.0});
    assert!(faults(narrow).contains("at least 2 features"));
}

const OWN: &str = r#"{"name": "own", "file": "/a/b/My Data.csv", "target": "y"}"#;

fn own(more: &[(&str, Value)]) -> DatasetChoice {
    let mut value: Value = serde_json::from_str(OWN).expect("JSON");
    for (key, with) in more {
        value[*key] = with.clone();
    }
    choice(value)
}

#[test]
fn own_data_are_named_by_their_content_not_by_their_place() {
    let id = |more: &[(&str, Value)]| dataset_id(&own(more)).expect("an id").to_string();
    let plain = id(&[]);
    assert!(plain.starts_with("own_my_data_") && plain.len() == 20, "{plain}");
    assert_eq!(plain, id(&[("file", json!("My Data.csv"))]));
    for other in [("sha256", json!("a".repeat(64))), ("target", json!("z")), ("drop_columns", json!(["id"]))] {
        assert_ne!(plain, id(std::slice::from_ref(&other)), "{other:?}");
    }
    for hostile in ["../../x.csv", "$(x).csv", "\u{1b}[2J.csv", "-rf.csv", "ü ü.csv", ".csv", &"a".repeat(300)] {
        let id = id(&[("file", json!(hostile))]);
        assert!(id.starts_with("own_") && id.len() <= 64, "{hostile:?} is {id}");
    }
    let classes = id(&[("name", json!("own_classes"))]);
    assert!(classes.starts_with("own_my_data_") && classes != plain, "{classes}");
    assert!(dataset_id(&choice(json!("own"))).expect_err("no file").to_string().contains("names no file"));
}

#[test]
fn labels_of_own_data_say_file_target_and_what_is_left_out() {
    let text = |more: &[(&str, Value)]| label(&own(more)).expect("a label");
    assert_eq!(text(&[]), "My Data.csv (target=y)");
    assert_eq!(text(&[("name", json!("own_classes"))]), "My Data.csv (target=y as classes)");
    assert_eq!(text(&[("drop_columns", json!(["id", "city"]))]), "My Data.csv (target=y, without id, city)");
    assert_eq!(text(&[("file", json!("x\u{1b}[2J.csv"))]), "x\\u{1b}[2J.csv (target=y)");
}
