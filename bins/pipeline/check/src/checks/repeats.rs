//! The smoke case once more, with one thing changed.

use metrics::output::Output;
use schema::id::Id;
use schema::mark::Mark;
use schema::outcome::Outcome;
use schema::params::Mode;
use schema::task::OutputSpec;
use serde_json::{Value, json};

use super::smoke::check_outputs;
use super::{Examined, Verdict};
use crate::subject::Ran;

const OUTPUT_BYTES_MAX: u64 = 16 << 20;
/// The largest share that an arm may be slowed by; 1.5 leaves half of it to noise.
const SLOW_PERCENT: u8 = 99;
const SLOWED_AT_LEAST: f64 = 1.5;
/// Enough that the shortest mark of each side was undisturbed.
const SLOW_ITERATIONS: u32 = 10;
/// A machine that is busy with other things may disturb whole runs: the shortest of all tries counts.
const SLOW_TRIES: u32 = 6;

pub(super) fn same_seed(examined: &Examined<'_>) -> Verdict {
    examined.each(|algorithm, first| {
        let again = examined.subject.run(&examined.subject.order(algorithm)?)?;
        Ok(same_bits(examined, algorithm, first, &again))
    })
}

fn same_bits(examined: &Examined<'_>, algorithm: &Id, first: &Ran, again: &Ran) -> Result<(), String> {
    first.done()?;
    again.done().map_err(|found| format!("the second time: {found}"))?;
    for spec in held_by_rules(examined, algorithm) {
        let read = |ran: &Ran| Output::read(&ran.out, spec, OUTPUT_BYTES_MAX).map_err(|fault| fault.what);
        if !read(first)?.identical(&read(again)?) {
            return Err(format!("`{}` differs between two runs with one seed", spec.name));
        }
    }
    Ok(())
}

fn held_by_rules<'a>(examined: &'a Examined<'_>, algorithm: &Id) -> Vec<&'a OutputSpec> {
    let task = &examined.subject.case.task;
    let held = |spec: &&OutputSpec| task.parity_of(algorithm).any(|rule| rule.output == spec.name);
    task.outputs_of(algorithm).filter(held).collect()
}

pub(super) fn two_threads(examined: &Examined<'_>) -> Verdict {
    examined.each(|algorithm, _| {
        let mut order = examined.subject.order(algorithm)?;
        order.params.insert("threads".to_owned(), json!(2));
        let ran = examined.subject.run(&order)?;
        let case = examined.subject.case;
        let data = case.data(algorithm)?;
        Ok(ran.done().and_then(|outcome| check_outputs(case, algorithm, data, &ran, &outcome)))
    })
}

pub(super) fn digest(examined: &Examined<'_>) -> Verdict {
    examined.each(|algorithm, full| {
        let mut order = examined.subject.order(algorithm)?;
        order.params.insert("capture".to_owned(), json!("digest"));
        let ran = examined.subject.run(&order)?;
        let specs = held_by_rules(examined, algorithm);
        Ok(full.done().and_then(|full| digests_only(&full, &ran, &specs)))
    })
}

fn digests_only(full: &Outcome, ran: &Ran, specs: &[&OutputSpec]) -> Result<(), String> {
    let outcome = ran.done()?;
    if let Some(name) = ran.left().iter().find(|name| *name != "outcome.json") {
        return Err(format!("left `{name}`"));
    }
    if let Some(artifact) = outcome.artifacts.iter().find(|artifact| artifact.path.is_some()) {
        return Err(format!("outcome.json names a file for `{}`", artifact.name));
    }
    let sha256_in = |outcome: &Outcome, spec: &OutputSpec| {
        outcome.artifacts.iter().find(|artifact| artifact.name == spec.name).map(|artifact| artifact.sha256.clone())
    };
    match specs.iter().find(|spec| sha256_in(&outcome, spec) != sha256_in(full, spec)) {
        Some(spec) => Err(format!("the sha256 of `{}` is not that of the full output", spec.name)),
        None => Ok(()),
    }
}

pub(super) fn slow_percent(examined: &Examined<'_>) -> Verdict {
    examined.each(|algorithm, _| {
        let (mut plain_ns, mut slowed_ns) = (u64::MAX, u64::MAX);
        let mut found = Ok(());
        for _ in 0..SLOW_TRIES {
            let plain = shortest_work(examined, algorithm, 0)?;
            let slowed = shortest_work(examined, algorithm, SLOW_PERCENT)?;
            found = plain.and_then(|plain| {
                (plain_ns, slowed_ns) = (plain_ns.min(plain), slowed_ns.min(slowed?));
                slow_enough(plain_ns, slowed_ns)
            });
            if found.is_ok() {
                break;
            }
        }
        Ok(found)
    })
}

fn slow_enough(plain_ns: u64, slowed_ns: u64) -> Result<(), String> {
    let ratio = slowed_ns as f64 / plain_ns.max(1) as f64;
    if ratio >= SLOWED_AT_LEAST {
        return Ok(());
    }
    Err(format!("{ratio:.2} times as long: {slowed_ns} ns instead of {plain_ns} ns, the shortest of each"))
}

/// The shortest mark of the work, in ns: what disturbs a run only ever lengthens its marks.
fn shortest_work(examined: &Examined<'_>, algorithm: &Id, percent: u8) -> anyhow::Result<Result<u64, String>> {
    let mut order = examined.subject.order(algorithm)?;
    order.params.insert("slow_percent".to_owned(), json!(percent));
    let smoke = &examined.subject.case.task.smoke;
    if smoke.mode == Mode::Warm {
        order.params.insert("iterations".to_owned(), json!(smoke.iterations.max(SLOW_ITERATIONS)));
    }
    let ran = examined.subject.run(&order)?;
    let is_work = |mark: &&Mark| order.params.get("work").is_some_and(|work| contains(work, mark));
    Ok(ran.done().and_then(|outcome| {
        let work = outcome.marks.iter().filter(is_work).map(Mark::duration_ns);
        work.min().ok_or_else(|| "no mark of the work".to_owned())
    }))
}

fn contains(work: &Value, mark: &Mark) -> bool {
    let name = serde_json::to_value(mark.name).ok();
    work.as_array().into_iter().flatten().any(|work| Some(work) == name.as_ref())
}
