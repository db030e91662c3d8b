//! Whether a task's marks can be true: inside the process's life as seen from outside, each where
//! and as often as the task's own document says, work never counted twice.

use schema::mark::{Mark, MarkName};
use schema::task::MarkSpec;

pub struct Expected<'a> {
    pub specs: &'a [MarkSpec],
    /// The marks whose time is compared.
    pub work: &'a [MarkName],
    /// Warm-up included.
    pub iterations: u32,
    pub spawn_ns: u64,
    pub exit_ns: u64,
}

/// The first reason why the marks are impossible.
pub fn verify(marks: &[Mark], expected: &Expected<'_>) -> Result<(), String> {
    for (index, mark) in marks.iter().enumerate() {
        verify_one(mark, expected).map_err(|what| format!("mark {index} ({}): {what}", name(mark.name)))?;
    }
    if let Some(pair) = marks.windows(2).find(|pair| pair[1].start_ns < pair[0].start_ns) {
        return Err(format!("mark {} starts before the one that is listed ahead of it", name(pair[1].name)));
    }
    for spec in expected.specs {
        verify_count(marks, spec, expected.iterations)?;
    }
    verify_no_overlap(marks, expected.work)
}

fn verify_one(mark: &Mark, expected: &Expected<'_>) -> Result<(), String> {
    let Some(spec) = expected.specs.iter().find(|spec| spec.name == mark.name) else {
        return Err("the task's document knows no such mark".to_owned());
    };
    if mark.end_ns < mark.start_ns {
        return Err("ends before it starts".to_owned());
    }
    if mark.start_ns < expected.spawn_ns || mark.end_ns > expected.exit_ns {
        return Err(format!(
            "{}..{} is not inside the process's life {}..{}",
            mark.start_ns, mark.end_ns, expected.spawn_ns, expected.exit_ns
        ));
    }
    let iterations = if spec.repeats { expected.iterations } else { 1 };
    if mark.iteration >= iterations {
        return Err(format!("iteration {} where {iterations} were asked for", mark.iteration));
    }
    Ok(())
}

/// In the order of the list, which is by start: 0, 1, 2, … without gap or double.
fn verify_count(marks: &[Mark], spec: &MarkSpec, iterations: u32) -> Result<(), String> {
    let seen: Vec<u32> = marks.iter().filter(|mark| mark.name == spec.name).map(|mark| mark.iteration).collect();
    let times = if spec.repeats { iterations } else { 1 };
    let complete = seen.iter().copied().eq(0..times);
    let in_order = seen.windows(2).all(|pair| pair[0] < pair[1]);
    if spec.required && !complete {
        return Err(format!("mark {}: iterations {seen:?}, required is each of 0..{times} once", name(spec.name)));
    }
    if !in_order {
        return Err(format!("mark {}: iterations {seen:?} are not in order", name(spec.name)));
    }
    Ok(())
}

fn verify_no_overlap(marks: &[Mark], work: &[MarkName]) -> Result<(), String> {
    let mut end_ns = 0;
    for mark in marks.iter().filter(|mark| work.contains(&mark.name)) {
        if mark.start_ns < end_ns {
            return Err(format!("mark {} {}: overlaps other work", name(mark.name), mark.iteration));
        }
        end_ns = mark.end_ns;
    }
    Ok(())
}

fn name(mark: MarkName) -> String {
    serde_json::to_value(mark).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: [MarkSpec; 3] = [
        MarkSpec { name: MarkName::Load, required: true, repeats: false, work: false },
        MarkSpec { name: MarkName::Fit, required: true, repeats: true, work: true },
        MarkSpec { name: MarkName::Teardown, required: false, repeats: false, work: false },
    ];

    fn mark(name: MarkName, iteration: u32, start_ns: u64, end_ns: u64) -> Mark {
        Mark { name, iteration, start_ns, end_ns }
    }

    fn good() -> Vec<Mark> {
        vec![mark(MarkName::Load, 0, 110, 120), mark(MarkName::Fit, 0, 130, 140), mark(MarkName::Fit, 1, 140, 150)]
    }

    fn verdict(change: impl FnOnce(&mut Vec<Mark>)) -> Result<(), String> {
        let mut marks = good();
        change(&mut marks);
        let work = [MarkName::Fit];
        verify(&marks, &Expected { specs: &SPECS, work: &work, iterations: 2, spawn_ns: 100, exit_ns: 200 })
    }

    #[test]
    fn possible_marks_pass() {
        assert_eq!(verdict(|_| ()), Ok(()));
        assert_eq!(verdict(|marks| marks.push(mark(MarkName::Teardown, 0, 160, 200))), Ok(()));
    }

    #[test]
    fn each_impossibility_is_named() {
        let says = |change: fn(&mut Vec<Mark>), words: &str| {
            let what = verdict(change).expect_err(words);
            assert!(what.contains(words), "{what} should say {words}");
        };
        says(|marks| marks[0].start_ns = 99, "not inside");
        says(|marks| marks[2].end_ns = 201, "not inside");
        says(|marks| marks[1].end_ns = 129, "ends before it starts");
        says(|marks| marks[2].start_ns = 139, "overlaps");
        says(|marks| marks[2].iteration = 2, "iteration 2 where 2");
        says(|marks| marks[0].iteration = 1, "iteration 1 where 1");
        says(|marks| marks.truncate(2), "required is each of 0..2 once");
        says(|marks| marks.retain(|mark| mark.name != MarkName::Load), "load");
        says(|marks| marks[2].iteration = 0, "required is each");
        says(|marks| marks.swap(1, 2), "starts before");
        says(|marks| marks.push(mark(MarkName::Decode, 0, 160, 170)), "knows no such mark");
        says(
            |marks| marks.extend([mark(MarkName::Teardown, 0, 160, 170), mark(MarkName::Teardown, 0, 170, 180)]),
            "not in order",
        );
    }
}
