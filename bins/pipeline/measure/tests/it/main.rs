//! `measure` as a process, on a program that behaves well or badly on purpose.

mod again;
mod bench;
mod faults;
mod kills;
mod looks;
mod mend;
mod scarce;
mod store;

use bench::{Bench, keys, text};
use schema::record::Status;

#[test]
fn a_block_is_measured_recorded_and_handed_over() {
    let bench = Bench::new(&["good", "slow"], 3);
    let output = bench.run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line = text(&output.stdout);
    assert!(line.starts_with("known load: measured 6 runs in ") && line.lines().count() == 1, "{line}");
    let records = bench.records();
    assert_eq!(keys(&records).len(), 6);
    for (record, next) in records.iter().zip(records.iter().skip(1)) {
        assert!(record.timing.exit_ns < next.timing.spawn_ns, "two runs overlap");
    }
    for record in &records {
        assert_eq!(record.status, Status::Ok);
        assert!(record.timing.wall_ns > 3_000_000, "three marks of a millisecond each");
        assert_eq!(record.environment.cpus.len(), 1);
        assert_eq!(record.conditions.env_padding_bytes, 100);
        assert!(record.resources.rss_peak_bytes > 500_000 && record.resources.harness_cpu_ns > 0);
        assert_eq!(record.identity.repeat, 0);
        known_or_absent(record);
        let kept = bench.root().join("out/b1/runs").join(&record.identity.run_id).join("outputs/predictions.npy");
        assert!(kept.is_file(), "{}", kept.display());
    }
    measure::store::verify(&bench.root().join("out/b1"), &bench.key()).expect("as its manifest says");
    assert!(bench.progress().contains("known load: run 6 of 6 (slow, round 3)\n"), "{}", bench.progress());
}

#[test]
fn a_run_sees_the_listed_variables_and_nothing_else() {
    let bench = Bench::new(&["good"], 1);
    let output = bench.command().env("SECRET", "s").env("OMP_NUM_THREADS", "64").output().expect("started");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let records = bench.records();
    let variables = &records[0].environment.variables;
    let names: Vec<&str> = variables.keys().map(String::as_str).collect();
    let listed =
        ["ARM_VARIABLE", "FERROBENCH_PADDING", "HOME", "LANG", "OMP_NUM_THREADS", "PATH", "PYTHONHASHSEED", "TMPDIR"];
    assert_eq!(names, listed);
    assert_eq!(variables["OMP_NUM_THREADS"], "1");
    assert_eq!(variables["FERROBENCH_PADDING"].len(), 100);
    assert_eq!(variables["HOME"].rsplit('/').next().map(str::len), Some(20));
}

/// Each sensor has told something, or it is said why not: an absent one is never a zero.
fn known_or_absent(record: &schema::record::Record) {
    let resources = serde_json::to_value(&record.resources).expect("JSON");
    let conditions = serde_json::to_value(&record.conditions).expect("JSON");
    for (told, names) in [
        (&resources, &["rss_mean_bytes", "gpu_memory_peak_bytes", "gpu_percent", "cpu_energy_microjoules"][..]),
        (&conditions, &["other_load_percent", "temperature_celsius", "throttle_events", "governor", "pressure"]),
    ] {
        for name in names {
            let known = told.get(name).is_some_and(|value| !value.is_null());
            let reason = told["absent"].get(name).is_some();
            assert!(known != reason, "{name}: {told}");
        }
    }
}
