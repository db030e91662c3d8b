//! The step as a process, on studies whose costs are known.

mod made;

use std::fs;

use made::{AGAIN, Made, MadeBlock, PYTHON, RUST};
use schema::record::{EnergySource, Record};
use serde_json::Value;

/// Three times faster than Python, itself a second time, and the tuned ones.
fn plain(id: &'static str) -> MadeBlock {
    MadeBlock::new(
        id,
        &[(RUST, 1.0), (AGAIN, 1.0), ("regression_faer", 0.5), (PYTHON, 3.0), ("regression_sklearn_tuned", 1.5)],
    )
}

fn comparison<'a>(analysis: &'a Value, cell: usize, left: &str, right: &str, metric: &str) -> &'a Value {
    let all = analysis["cells"][cell]["comparisons"].as_array().expect("comparisons");
    let mut found = all.iter().filter(|c| c["left"] == left && c["right"] == right && c["metric"] == metric);
    let one = found.next().expect("the comparison");
    assert!(found.next().is_none(), "{left} against {right} on {metric} once");
    one
}

fn near(value: &Value, expected: f64, tolerance: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value / expected - 1.0).abs() < tolerance, "{value} is not {expected}");
}

#[test]
fn a_known_ratio_comes_out_with_its_verdict() {
    let analysis = Made::new(&[plain("one")]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    near(&library["ratio"], 1.0 / 3.0, 0.01);
    near(&library["left_value"], 1e6, 0.01);
    near(&library["right_value"], 3e6, 0.01);
    assert_eq!(library["role"], "library");
    assert_eq!(library["verdict"], "materially_faster");
    assert_eq!(library["parity"], "within_tolerance");
    assert_eq!(library["n"], 10);
    let (p, adjusted) = (library["p"].as_f64().expect("p"), library["p_adjusted"].as_f64().expect("adjusted"));
    // Holm over the library pair's two headline metrics.
    assert!(p < adjusted && adjusted <= 2.0 * p, "{p} {adjusted}");
    assert!(library["because"].as_str().expect("words").contains("margin of 5 %"), "{library}");
    assert_eq!(comparison(&analysis, 0, "regression_faer", "regression_sklearn_tuned", "work_ns")["role"], "tuned");
    assert_eq!(comparison(&analysis, 0, "regression_faer", PYTHON, "work_ns")["role"], "across");
    near(&comparison(&analysis, 0, RUST, PYTHON, "rss_peak_bytes")["margin"], 1.10, 1e-12);
}

#[test]
fn an_arm_shows_its_runs_and_its_quality() {
    let mut block = plain("one");
    block.failed = vec![(RUST, 3)];
    let analysis = Made::new(&[block]).analysis();
    let arm = &analysis["cells"][0]["arms"][0];
    assert_eq!((&arm["attempted"], &arm["ok"], &arm["failed"]), (&10.into(), &9.into(), &1.into()));
    assert_eq!(arm["failures"]["crashed"], 1);
    let work = &arm["metrics"]["work_ns"];
    assert_eq!(work["n"], 9);
    assert!(work["values"][3].is_null() && work["values"][4].is_number());
    near(&work["mean"], 1e6, 0.01);
    // From the start of the process to the first mark, 5 ms in every run.
    near(&arm["metrics"]["startup_ns"]["median"], 5e6, 1e-12);
    assert_eq!(arm["quality"]["mse"]["value"], 0.25);
    assert_eq!(analysis["runs"]["failed"], 1);
    assert_eq!(analysis["runs"]["unexpected"], 1);
    assert_eq!(analysis["left_out"][0]["what"], "regression_other");
    // One failure of ten is not more than 10 %.
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["n"], 9);
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["verdict"], "materially_faster");
}

#[test]
fn what_only_the_outputs_say_is_compared_and_a_servers_clock_decides_nothing() {
    let mut calls = plain("one");
    calls.calls = true;
    let analysis = Made::new(&[calls, plain("two")]).analysis();
    let ttft = comparison(&analysis, 0, RUST, PYTHON, "ttft");
    assert_eq!((&ttft["unit"], &ttft["verdict"]), (&"ms".into(), &"materially_faster".into()));
    near(&ttft["ratio"], 1.0 / 3.0, 0.01);
    let token = comparison(&analysis, 0, RUST, PYTHON, "token_time");
    assert_eq!((&token["n"], &token["verdict"]), (&10.into(), &"decided_by_server".into()));
    assert!(token["ratio"].is_number() && token["p_adjusted"].is_null(), "{token}");
    near(&analysis["cells"][0]["arms"][0]["metrics"]["ttft"]["mean"], 1.0, 0.01);

    let others = analysis["cells"][1]["comparisons"].as_array().expect("comparisons");
    assert!(others.iter().all(|one| one["metric"] != "ttft" && one["metric"] != "token_time"));
    assert!(analysis["cells"][1]["arms"][0]["metrics"].get("ttft").is_none());
    let resolution = analysis["resolution"].as_array().expect("a list");
    assert!(resolution.iter().any(|one| one["metric"] == "ttft"));
    assert!(resolution.iter().all(|one| one["metric"] != "token_time"), "nothing is claimed by it");
}

#[test]
fn the_run_nearest_to_the_middle_shows_its_course() {
    let mut block = plain("one");
    block.failed = vec![(RUST, 5)];
    let analysis = Made::new(&[block]).analysis();
    let arms = analysis["cells"][0]["arms"].as_array().expect("arms");
    let of = |arm: &str| &arms.iter().find(|one| one["facts"]["arm"] == arm).expect(arm)["timeline"];
    // Of ten rounds the sixth; where that failed, the one before it.
    assert_eq!((&of(PYTHON)["round"], &of(RUST)["round"]), (&5.into(), &4.into()));
    assert!(of(AGAIN).is_null(), "an implementation once");
    let stretches = of(PYTHON)["stretches"].as_array().expect("stretches");
    let told: Vec<String> = stretches
        .iter()
        .map(|one| format!("{} {} {}", one["marks"][0], one["part"], one["iteration"]).replace('"', ""))
        .collect();
    let expected = [
        "load aside 0",
        "fit warm_up 0",
        "predict warm_up 0",
        "fit work 1",
        "predict work 1",
        "fit work 2",
        "predict work 2",
    ];
    assert_eq!(told, expected);
    // From the start of the process, not of the machine.
    assert_eq!(stretches[0]["start_ns"], 5_000_000);
    near(&stretches[3]["marked_ns"], 2.25e6, 0.02);
    let folded = Made::new(&[MadeBlock { iterations: 400, ..plain("many") }]).analysis();
    let course = &folded["cells"][0]["arms"][0]["timeline"]["stretches"];
    let stretches = course.as_array().expect("stretches");
    assert!(stretches.len() <= 28, "{course}");
    let sum = |part: &str| {
        stretches
            .iter()
            .filter(|one| one["part"] == part)
            .map(|one| one["iterations"].as_u64().expect("a count"))
            .sum::<u64>()
    };
    assert_eq!((sum("warm_up"), sum("work")), (1, 400));
    assert_eq!(stretches[2]["marks"], serde_json::json!(["fit", "predict"]));
}

#[test]
fn energy_is_described_with_its_interval_and_where_it_comes_from() {
    let made = Made::new(&[plain("one")]);
    let mut records = made.records("one");
    for (place, record) in records.iter_mut().filter(|record| record.identity.arm.to_string() == RUST).enumerate() {
        record.resources.cpu_energy_microjoules = Some(4_000_000 + 1_000_000 * (place as u64 % 2));
        record.resources.cpu_energy_by = Some(EnergySource::Counter);
        record.resources.gpu_energy_microjoules = Some(1_000_000);
        record.resources.gpu_energy_by = Some(if place == 3 { EnergySource::Estimate } else { EnergySource::Counter });
    }
    for record in records.iter_mut().filter(|record| record.identity.arm.to_string() == PYTHON) {
        record.resources.absent.insert("cpu_energy_microjoules".to_owned(), "no counter here".to_owned());
    }
    made.write_records("one", &records);
    let analysis = made.analysis();
    let used = &analysis["cells"][0]["arms"][0]["used"];
    let energy = &used["cpu_energy_joules"];
    assert_eq!((&energy["n"], &energy["by"], &energy["unit"]), (&10.into(), &"counter".into(), &"J".into()));
    near(&energy["mean"], 4.5, 1e-12);
    // t(0.975, 9) = 2.262 times sd 0.527 over the root of 10.
    near(&energy["interval"]["low"], 4.5 - 0.377, 1e-3);
    near(&energy["max"], 5.0, 1e-12);
    assert_eq!(used["gpu_energy_joules"]["by"], "estimate", "one estimate makes the mean one");
    assert!(used["gpu_percent"].is_null(), "a figure that nobody read");
    assert_eq!(
        analysis["not_read"],
        serde_json::json!([{"figure": "cpu_energy_microjoules", "reason": "no counter here", "runs": 10}])
    );
    let table = fs::read_to_string(made.path("out/runs.csv")).expect("read");
    assert!(table.lines().next().expect("names").contains("cpu_energy_joules,cpu_energy_by,"), "{table}");
}

#[test]
fn an_implementation_against_itself_sets_the_resolution() {
    let analysis = Made::new(&[plain("one")]).analysis();
    let itself = comparison(&analysis, 0, RUST, AGAIN, "work_ns");
    assert_eq!(itself["role"], "calibration");
    assert_eq!(itself["verdict"], "equivalent");
    assert_eq!(itself["p"], itself["p_adjusted"], "not corrected: its own rate is what calibrates");
    let resolution = analysis["resolution"].as_array().expect("a list");
    let work = resolution.iter().find(|one| one["metric"] == "work_ns").expect("of the work");
    assert_eq!((&work["aa_blocks"], &work["aa_called_different"]), (&1.into(), &0.into()));
    let ratio = work["ratio"].as_f64().expect("a ratio");
    assert!(1.0 < ratio && ratio < 1.03, "{ratio}");
    assert!(work["remark"].as_str().expect("words").contains("too few to judge"));
}

#[test]
fn without_an_a_a_block_nothing_is_claimed() {
    let analysis = Made::new(&[MadeBlock::new("one", &[(RUST, 1.0), (PYTHON, 3.0)])]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    assert_eq!(library["verdict"], "no_difference_shown");
    assert!(library["because"].as_str().expect("words").contains("aa: one_a_domain"), "{library}");
    assert!(analysis["resolution"][0]["ratio"].is_null());
}

#[test]
fn unequal_work_and_too_many_failures_are_not_compared() {
    let mut different = plain("one");
    different.parity = "different";
    let analysis = Made::new(&[different]).analysis();
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["verdict"], "not_comparable");
    assert!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["p_adjusted"].is_null());
    assert_eq!(analysis["pooled"][0]["cells_not_comparable"], 1);

    let mut failing = plain("one");
    failing.failed = vec![(PYTHON, 1), (PYTHON, 2)];
    let analysis = Made::new(&[failing]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    assert_eq!(library["verdict"], "not_comparable");
    assert!(library["because"].as_str().expect("words").contains("2 of 10 runs of regression_sklearn"), "{library}");
}

#[test]
fn what_phase_3_found_different_stays_different() {
    let made = Made::new(&[plain("one")]);
    let path = made.path("parity/parity.jsonl");
    let text = fs::read_to_string(&path).expect("read").replace("identical", "different");
    fs::write(&path, text).expect("written");
    let analysis = made.analysis();
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["parity"], "different");
    assert_eq!(comparison(&analysis, 0, RUST, AGAIN, "work_ns")["parity"], "within_tolerance");
    fs::create_dir(made.path("parity/1")).expect("made");
    fs::rename(&path, made.path("parity/1/parity.jsonl")).expect("moved");
    assert_eq!(comparison(&made.analysis(), 0, RUST, PYTHON, "work_ns")["parity"], "different", "one a task");
    fs::write(made.path("parity/1/parity.jsonl"), "").expect("written");
    assert_eq!(comparison(&made.analysis(), 0, RUST, PYTHON, "work_ns")["parity"], "unchecked");
    fs::remove_file(made.path("parity/1/parity.jsonl")).expect("removed");
    fs::remove_dir_all(made.path("out")).expect("removed");
    assert!(made.refusal().contains("no parity.jsonl"));
}

#[test]
fn five_rounds_are_too_few_and_say_how_many_are_not() {
    let mut block = plain("one");
    block.rounds = 5;
    let analysis = Made::new(&[block]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    assert_eq!(library["verdict"], "too_few_runs");
    assert!(library["because"].as_str().expect("words").contains("6 rounds would show"), "{library}");
}

#[test]
fn a_smoke_study_claims_nothing() {
    let analysis = Made::smoke(&[plain("one")]).analysis();
    assert_eq!(analysis["measures"], false);
    for comparison in analysis["cells"][0]["comparisons"].as_array().expect("comparisons") {
        assert_eq!(comparison["verdict"], "too_few_runs");
        assert!(comparison["p"].is_null() && comparison["interval"].is_null() && comparison["p_adjusted"].is_null());
    }
    assert_eq!((&analysis["pooled"], &analysis["resolution"]), (&Value::Array(vec![]), &Value::Array(vec![])));
}

#[test]
fn three_cells_are_pooled_and_cold_ones_apart() {
    let mut cold = plain("cold");
    cold.mode = "cold";
    let analysis = Made::new(&[plain("one"), plain("two"), plain("three"), cold]).analysis();
    let pooled = analysis["pooled"].as_array().expect("pooled");
    let of =
        |metric: &str| pooled.iter().find(|one| one["metric"] == metric && one["role"] == "library").expect("an entry");
    assert_eq!(of("work_ns")["cells"], 3);
    near(&of("work_ns")["geometric_mean_ratio"], 1.0 / 3.0, 0.01);
    near(&of("work_ns")["total_ratio"], 1.0 / 3.0, 0.01);
    assert_eq!(of("wall_ns")["cells"], 1);
    assert!(of("wall_ns")["geometric_mean_ratio"].is_null(), "one cell is no average");
    assert_eq!(of("rss_peak_bytes")["cells"], 3, "the warm ones");
    assert_eq!(comparison(&analysis, 3, RUST, PYTHON, "wall_ns")["verdict"], "materially_faster");
}

#[test]
fn the_same_input_gives_the_same_bytes_on_one_thread_and_on_many() {
    let made = Made::new(&[plain("one"), plain("two")]);
    for (folder, threads) in [("first", "1"), ("second", "16")] {
        made.command(folder).env("POLARS_MAX_THREADS", threads).env("RAYON_NUM_THREADS", threads).assert().success();
    }
    for name in ["analysis.json", "runs.parquet", "comparisons.parquet", "runs.csv", "comparisons.csv"] {
        let read = |folder: &str| fs::read(made.path(folder).join(name)).expect(name);
        assert!(read("first") == read("second"), "{name} differs");
    }
    let rows = fs::read_to_string(made.path("first/runs.csv")).expect("read").lines().count();
    assert_eq!(rows, 1 + 2 * 5 * 10);
}

#[test]
fn a_part_of_the_plan_is_analysed_as_a_part() {
    let made = Made::new(&[plain("one"), plain("two")]);
    fs::remove_dir_all(made.path("blocks/two")).expect("removed");
    let analysis = made.analysis();
    assert_eq!(analysis["cells_planned"], 2);
    assert_eq!(analysis["cells"].as_array().expect("cells").len(), 1);
}

#[test]
fn a_damaged_block_is_named() {
    let made = Made::new(&[plain("one")]);
    let path = made.path("blocks/one/records.jsonl");
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let said = made.refusal();
    assert!(said.contains("blocks/one/records.jsonl") && said.contains("--fresh"), "{said}");
    let mut changed = whole.clone();
    let last = changed.len() - 10;
    changed[last] ^= 1;
    fs::write(&path, changed).expect("written");
    assert!(made.refusal().contains("sha256"));
}

#[test]
fn records_that_do_not_belong_together_are_refused_by_name() {
    let mut elsewhere = plain("two");
    elsewhere.cpu = "another";
    let said = Made::new(&[plain("one"), elsewhere]).refusal();
    assert!(said.contains("block two") && said.contains("cpu_model is \"another\", not \"made\""), "{said}");

    let made = Made::new(&[plain("one")]);
    let records = made.records("one");
    let mut twice = records.clone();
    twice.push(records[0].clone());
    made.write_records("one", &twice);
    assert!(made.refusal().contains("one_regression_linfa_0 (round 0 of regression_linfa) is there twice"));

    made.write_records("one", &records[1..]);
    let said = made.refusal();
    assert!(said.contains("1 planned runs have no record") && said.contains("-resume"), "{said}");

    let mut newer = records.clone();
    newer[0].identity.schema_version = "2.0".to_owned();
    made.write_records("one", &newer);
    assert!(made.refusal().contains("schema version 2.0"));

    made.write_records("one", &records);
    fs::rename(made.path("blocks/one"), made.path("blocks/unknown")).expect("renamed");
    assert!(made.refusal().contains("block unknown is not in the plan"));
}

#[test]
fn an_earlier_attempt_is_not_analysed() {
    let made = Made::new(&[plain("one")]);
    let mut records = made.records("one");
    let mut earlier = records[0].clone();
    earlier.identity.attempt = 0;
    earlier.timing.wall_ns = 1;
    records.push(earlier);
    made.write_records("one", &records);
    assert_eq!(made.analysis()["runs"]["attempted"], 50);
}

#[test]
fn two_machines_are_analysed_apart_where_that_is_asked() {
    let mut elsewhere = plain("two");
    elsewhere.cpu = "another";
    let made = Made::new(&[plain("one"), elsewhere]);
    assert!(made.refusal().contains("--split-machines"));
    made.command("out").arg("--split-machines").assert().success().stdout("").stderr("");
    for (folder, cpu, block) in [("machine_1", "made", "one"), ("machine_2", "another", "two")] {
        let path = made.path("out").join(folder).join("analysis.json");
        let analysis: Value = serde_json::from_slice(&fs::read(path).expect("read")).expect("JSON");
        assert_eq!(
            (&analysis["fingerprint"]["cpu_model"], &analysis["cells"][0]["block_id"]),
            (&cpu.into(), &block.into())
        );
        assert_eq!(analysis["cells"].as_array().expect("cells").len(), 1);
    }
    // Runs of one block are pairs: no option takes them apart.
    let made = Made::new(&[plain("one")]);
    let mut records = made.records("one");
    records[7].environment.fingerprint.kernel = "other".to_owned();
    made.write_records("one", &records);
    let said = made.refusal();
    assert!(said.contains("from another machine") && said.contains("kernel is \"other\", not \"made\""), "{said}");
}

#[test]
fn a_record_that_contradicts_itself_or_holds_no_number_is_refused_by_name() {
    let made = Made::new(&[plain("one")]);
    let records = made.records("one");
    for (spoil, said) in [
        ((|record| record.timing.wall_ns += 1) as fn(&mut Record), "`wall_ns` is not the time"),
        (|record| record.cell.threads = 7, "its cell is not the block's"),
        (|record| record.arm.framework_version = "9".to_owned(), "what it says of its arm"),
        (|record| record.outcome = None, "it has no outcome"),
        (|record| record.outcome.as_mut().expect("one").run_id = "x".to_owned(), "its outcome is of another run"),
        (|record| record.outcome.as_mut().expect("one").marks[0].end_ns = 0, "a mark ends before it begins"),
    ] {
        let mut spoilt = records.clone();
        spoil(&mut spoilt[3]);
        made.write_records("one", &spoilt);
        let told = made.refusal();
        assert!(told.contains(&records[3].identity.run_id) && told.contains(said), "{said}: {told}");
    }
    for (number, said) in [("NaN", "not JSON"), ("-1", "wall_ns"), ("1e400", "not JSON"), ("null", "wall_ns")] {
        made.write_records("one", &records);
        made.replace_in_records("one", "\"wall_ns\":", &format!("\"wall_ns\":{number},\"x\":"));
        let told = made.refusal();
        assert!(told.contains("records.jsonl:1") && told.contains(said), "{number}: {told}");
    }
    made.write_records("one", &records);
    made.replace_in_records("one", "\"schema_version\":\"1", "\"schema_version\":\"0");
    assert!(made.refusal().contains("schema version 0."), "an older one");
}

#[test]
fn a_study_in_which_everything_or_nearly_so_is_missing_is_reported_as_that() {
    let names = [RUST, AGAIN, "regression_faer", PYTHON, "regression_sklearn_tuned"];
    let mut all_failed = plain("one");
    all_failed.failed = names.iter().flat_map(|arm| (0..10).map(|round| (*arm, round))).collect();
    let mut once = plain("two");
    once.rounds = 1;
    let alone = MadeBlock::new("three", &[(RUST, 1.0), (AGAIN, 1.0)]);
    let analysis = Made::new(&[all_failed, once, alone]).analysis();
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["verdict"], "not_comparable");
    assert_eq!(analysis["cells"][0]["arms"][0]["success"]["hits"], 0);
    assert_eq!(comparison(&analysis, 1, RUST, PYTHON, "work_ns")["verdict"], "too_few_runs");
    let of_third = analysis["cells"][2]["comparisons"].as_array().expect("comparisons");
    assert!(of_third.iter().all(|one| one["role"] == "calibration"));
    for one in
        analysis["cells"].as_array().expect("cells").iter().filter_map(|cell| cell["comparisons"].as_array()).flatten()
    {
        assert!(one["ratio"].is_null() || one["n"].as_u64() > Some(0), "{one}");
        assert!(one["interval"].is_null() || one["n"].as_u64() > Some(1), "{one}");
    }
}

#[test]
fn beside_a_comparison_stands_what_rests_on_other_assumptions() {
    let analysis = Made::new(&[plain("one")]).analysis();
    let beside = &comparison(&analysis, 0, RUST, PYTHON, "work_ns")["beside"];
    near(&beside["hodges_lehmann"]["value"], 1.0 / 3.0, 0.01);
    near(&beside["total"]["value"], 1.0 / 3.0, 0.01);
    let (fieller, resampled) = (&beside["total"]["interval"], &beside["total_resampled"]);
    for bound in ["low", "high"] {
        near(&resampled[bound], fieller[bound].as_f64().expect("a bound"), 0.01);
    }
    assert!(resampled["low"].as_f64() < beside["total"]["value"].as_f64());
    assert!(beside["spread"]["interval"]["low"].as_f64() < beside["spread"]["ratio"].as_f64());
    // Resampled only where a headline may rest on it.
    assert!(comparison(&analysis, 0, RUST, PYTHON, "wall_ns")["beside"]["total_resampled"].is_null());
}

#[test]
fn the_study_says_how_steady_how_reliable_and_how_sensitive() {
    let cells: Vec<MadeBlock> = ["a1", "a2", "a4", "b1", "b2", "b4"]
        .into_iter()
        .map(|id| {
            let mut cell = plain(id);
            cell.dataset = if id.starts_with('a') { "small" } else { "large" };
            cell.threads = id[1..].parse().expect("a number");
            // Python gains by threads, at every size.
            cell.arms[3].1 = 3.0 / f64::from(cell.threads);
            cell
        })
        .collect();
    let mut failing = cells.clone();
    failing[0].failed = vec![(PYTHON, 2)];
    let analysis = Made::new(&failing).analysis();
    let library = |list: &str| {
        let all = analysis[list].as_array().expect("a list").clone();
        all.into_iter().filter(|one| one["left"] == RUST && one["right"] == PYTHON).collect::<Vec<Value>>()
    };
    let success = &library("success")[0];
    assert_eq!((&success["left_share"]["hits"], &success["right_share"]["hits"]), (&60.into(), &59.into()));
    assert_eq!((&success["cells_left_only"], &success["cells_right_only"]), (&1.into(), &0.into()));
    let sensitivity = library("sensitivity");
    let of = |name: &str| sensitivity.iter().find(|one| one["parameter"] == name).expect("the parameter");
    assert_eq!(
        (&of("threads")["balanced"], of("threads")["levels"].as_array().expect("levels").len()),
        (&true.into(), 3)
    );
    assert!(of("threads")["p_adjusted"].as_f64() < Some(1e-6) && of("threads")["omega_squared"].as_f64() > Some(0.9));
    assert!(of("dataset")["p"].as_f64() > Some(0.01), "{}", of("dataset"));
    near(&of("threads")["levels"][2]["ratio"], 4.0 / 3.0, 0.01);
    let variation = analysis["variation"].as_array().expect("a list");
    let of = |name: &str| variation.iter().find(|one| one["implementation"] == name).expect("the implementation");
    // Of 1, 1/2 and 1/4, each twice: √(4/5) ln 2.
    near(&of(PYTHON)["sd_cell"], 0.8_f64.sqrt() * 2.0_f64.ln(), 0.02);
    assert!(of(RUST)["sd_cell"].as_f64() < Some(0.01) && of(RUST)["sd_run"].as_f64() < Some(0.01));
    let pooled = analysis["pooled"].as_array().expect("pooled");
    let one = pooled.iter().find(|one| one["metric"] == "work_ns" && one["role"] == "library").expect("an entry");
    let (low, ratio, high) = (&one["total_interval"]["low"], &one["total_ratio"], &one["total_interval"]["high"]);
    assert!(low.as_f64() < ratio.as_f64() && ratio.as_f64() < high.as_f64(), "{one}");
    assert!(one["interval_like_these"].is_null(), "six cells are too few to speak of others");
    assert_eq!(one["verdicts"].as_object().expect("verdicts").values().filter_map(Value::as_u64).sum::<u64>(), 6);
}
