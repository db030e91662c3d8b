use super::*;

fn snapshot(at_ns: u64, cpu: CpuTimes) -> Snapshot {
    Snapshot {
        at_ns,
        cpu: Some(cpu),
        processes: Look::take(),
        frequencies_mhz: vec![None, None],
        throttle_events: None,
        swap_used_bytes: 0,
        swapped_bytes: None,
        stalls: None,
        memory_available_bytes: 1,
        temperature_celsius: None,
        on_battery: None,
    }
}

fn whats(conditions: &Conditions) -> Vec<String> {
    disturbances(conditions).into_iter().map(|disturbance| disturbance.what).collect()
}

const SECOND_NS: u64 = 1_000_000_000;

fn a_second(change: impl FnOnce(&mut Snapshot, &mut Snapshot)) -> Conditions {
    let (mut before, mut after) = (snapshot(0, CpuTimes::default()), snapshot(SECOND_NS, CpuTimes::default()));
    change(&mut before, &mut after);
    between(&before, &after, &[2, 3], &[], 0)
}

#[test]
fn other_load_is_what_neither_run_nor_harness_used() {
    let before = snapshot(0, CpuTimes { busy_ns: 0, steal_ns: 0, cpus: 2 });
    let after = snapshot(SECOND_NS, CpuTimes { busy_ns: 1_500_000_000, steal_ns: 100_000_000, cpus: 2 });
    let seen = between(&before, &after, &[], &[], SECOND_NS);
    assert_eq!(seen.other_load_percent, Some(25.0));
    assert_eq!(seen.steal_percent, Some(5.0));
    assert_eq!(whats(&seen), ["the hypervisor took 5.0 % of the CPU time"]);
}

#[test]
fn a_run_too_short_for_the_counters_tells_no_share_and_says_why() {
    let before = snapshot(0, CpuTimes::default());
    let after = snapshot(SHARE_WINDOW_NS_MIN - 1, CpuTimes { busy_ns: 10_000_000, steal_ns: 0, cpus: 1 });
    let seen = between(&before, &after, &[], &[], 0);
    assert_eq!(seen.other_load_percent, None);
    assert!(seen.absent["other_load_percent"].contains("shorter"));
}

#[test]
fn what_no_sensor_tells_is_absent_by_name_and_nothing_is_zero_instead() {
    let seen = a_second(|_, _| ());
    for name in ["frequencies", "temperature_celsius", "throttle_events", "on_battery", "swap_in_bytes", "pressure"] {
        assert!(seen.absent.contains_key(name), "{name}: {:?}", seen.absent);
    }
    assert_eq!((seen.throttle_events, seen.swap_in_bytes, seen.pressure), (None, None, None));
    assert!(seen.frequencies.is_empty());
}

#[test]
fn each_core_has_its_frequency_before_during_and_after() {
    let (mut before, mut after) = (snapshot(0, CpuTimes::default()), snapshot(SECOND_NS, CpuTimes::default()));
    before.frequencies_mhz = vec![Some(1000.0), None];
    after.frequencies_mhz = vec![Some(3000.0), None];
    let during = [During { mean: Some(2500.0), min: Some(2000.0) }, During::default()];
    let seen = between(&before, &after, &[2, 3], &during, 0);
    let core = CoreFrequency {
        cpu: 2,
        before: Some(1000.0),
        during: Some(2500.0),
        during_min: Some(2000.0),
        after: Some(3000.0),
    };
    assert_eq!(seen.frequencies, [core]);
    assert_eq!((seen.frequency_mhz_before, seen.frequency_mhz_after), (Some(1000.0), Some(3000.0)));
}

#[test]
fn swap_and_stalls_in_the_runs_own_time_disturb_it() {
    let stalls = |us| Some(Stalls { memory_full_us: Some(us), ..Stalls::default() });
    let seen = a_second(|before, after| {
        (before.swapped_bytes, after.swapped_bytes) = (Some((5 << 20, 1 << 30)), Some((6 << 20, 3 << 30)));
        (before.stalls, after.stalls) = (stalls(1_000_000), stalls(1_030_000));
    });
    assert_eq!((seen.swap_in_bytes, seen.swap_out_bytes), (Some(1 << 20), Some(2 << 30)));
    assert_eq!(whats(&seen), ["2049 MiB went through swap", "all work waited for memory for 3.0 % of the time"]);
    let quiet = a_second(|before, after| {
        (before.swapped_bytes, after.swapped_bytes) = (Some((5, 7)), Some((5, 7)));
        (before.stalls, after.stalls) = (stalls(9), stalls(9));
    });
    assert_eq!(whats(&quiet), Vec::<String>::new());
}

#[test]
fn throttling_may_pass_and_a_battery_stays() {
    let seen = a_second(|before, after| {
        (before.throttle_events, after.throttle_events) = (Some(10), Some(12));
        after.on_battery = Some(true);
    });
    let passing: Vec<bool> = disturbances(&seen).iter().map(|disturbance| disturbance.passing).collect();
    assert_eq!(whats(&seen), ["the processor was throttled 2 times", "running on battery"]);
    assert_eq!(passing, [true, false]);
}
