//! The course of one run of each arm. Which run that is, its place says and not its time: a run that was
//! chosen for how it came out would show what somebody wanted to see.

use std::collections::{BTreeMap, BTreeSet};

use schema::block::Block;
use schema::id::{ArmId, Variant};
use schema::mark::{Mark, MarkName};
use schema::record::{Record, Status};
use schema::timeline::{Part, Stretch, Timeline};

use crate::runs::ArmRuns;

/// More marks than these are no single stretches any more: iterations are told together. Of very many
/// cells nobody looks at each, and their analysis has to stay a document that can be read.
pub(crate) const fn stretches_max(blocks: usize) -> usize {
    if blocks <= 200 { 28 } else { 8 }
}

/// Of each arm the run that is nearest to the middle round, among those that ended well.
#[derive(Debug)]
pub(crate) struct Timelines {
    middle: u32,
    stretches_max: usize,
    found: BTreeMap<ArmId, Found>,
}

#[derive(Debug)]
struct Found {
    repeat: u32,
    timeline: Timeline,
}

impl Timelines {
    pub(crate) fn new(block: &Block, stretches_max: usize) -> Self {
        Self { middle: block.rounds.len() as u32 / 2, stretches_max, found: BTreeMap::new() }
    }

    pub(crate) fn offer(&mut self, record: &Record) {
        let identity = &record.identity;
        if record.status != Status::Ok || identity.arm.variant != Variant::Plain {
            return;
        }
        let place = |round: u32| (round.abs_diff(self.middle), round);
        // Of a round that was run again, the last run counts.
        let nearer = |found: &Found| {
            let round = found.timeline.round;
            place(identity.round) < place(round) || (identity.round == round && identity.repeat > found.repeat)
        };
        if self.found.get(&identity.arm).is_none_or(nearer)
            && let Some(timeline) = timeline(record, self.stretches_max)
        {
            self.found.insert(identity.arm.clone(), Found { repeat: identity.repeat, timeline });
        }
    }

    /// None where the run that was found does not count after all.
    pub(crate) fn of(&self, runs: &ArmRuns<'_>) -> Option<Timeline> {
        let timeline = &self.found.get(&runs.facts.arm)?.timeline;
        runs.runs.iter().any(|run| *run.id == *timeline.run_id).then(|| timeline.clone())
    }
}

fn timeline(record: &Record, stretches_max: usize) -> Option<Timeline> {
    let mut marks: Vec<&Mark> = record.outcome.as_ref()?.marks.iter().collect();
    marks.sort_by_key(|mark| (mark.start_ns, mark.end_ns, mark.name));
    let stretch = |marks: &[&Mark]| stretch(record, marks);
    let stretches: Vec<Stretch> = if marks.len() <= stretches_max {
        marks.chunks(1).filter_map(stretch).collect()
    } else {
        together(record, &marks, stretches_max).iter().filter_map(|marks| stretch(marks)).collect()
    };
    (!stretches.is_empty()).then(|| Timeline {
        run_id: record.identity.run_id.clone(),
        round: record.identity.round,
        wall_ns: record.timing.wall_ns,
        stretches,
    })
}

/// Marks of which there is one stay alone, the others are put together by equally many iterations;
/// warm-up and what counts stay apart.
fn together<'a>(record: &Record, marks: &[&'a Mark], stretches_max: usize) -> Vec<Vec<&'a Mark>> {
    let mut times: BTreeMap<MarkName, usize> = BTreeMap::new();
    for mark in marks {
        *times.entry(mark.name).or_default() += 1;
    }
    let iterations: BTreeSet<u32> =
        marks.iter().filter(|mark| times[&mark.name] > 1).map(|mark| mark.iteration).collect();
    let alone = times.values().filter(|times| **times == 1).count();
    // One of each side of the end of the warm-up may hold fewer.
    let room = stretches_max.saturating_sub(alone + 2).max(1);
    let each = iterations.len().div_ceil(room).max(1) as u32;
    let warm_up = record.cell.warmup;
    let mut groups: BTreeMap<(bool, u32, Option<MarkName>), Vec<&Mark>> = BTreeMap::new();
    for &mark in marks {
        let counted = mark.iteration >= warm_up;
        let since = if counted { mark.iteration - warm_up } else { mark.iteration };
        let single = (times[&mark.name] == 1).then_some(mark.name);
        groups.entry((counted, since / each, single)).or_default().push(mark);
    }
    let mut groups: Vec<Vec<&Mark>> = groups.into_values().collect();
    groups.sort_by_key(|marks| marks.first().map(|mark| mark.start_ns));
    groups
}

fn stretch(record: &Record, marks: &[&Mark]) -> Option<Stretch> {
    let (first, spawn) = (marks.first()?, record.timing.spawn_ns);
    let is_work = |mark: &&&Mark| record.cell.work.contains(&mark.name);
    let part = match marks.iter().find(is_work) {
        None => Part::Aside,
        Some(work) if work.iteration < record.cell.warmup => Part::WarmUp,
        Some(_) => Part::Work,
    };
    let mut names: Vec<MarkName> = Vec::new();
    for mark in marks.iter().filter(|mark| part == Part::Aside || record.cell.work.contains(&mark.name)) {
        if !names.contains(&mark.name) {
            names.push(mark.name);
        }
    }
    let iterations: BTreeSet<u32> = marks.iter().map(|mark| mark.iteration).collect();
    Some(Stretch {
        marks: names,
        part,
        iteration: *iterations.first()?,
        iterations: iterations.len() as u32,
        start_ns: first.start_ns.saturating_sub(spawn),
        end_ns: marks.iter().map(|mark| mark.end_ns).max()?.saturating_sub(spawn),
        marked_ns: marks.iter().map(|mark| mark.duration_ns()).sum(),
    })
}
