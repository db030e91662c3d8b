//! `--budget`: which cells fit into the time that a person has.
//!
//! The tasks take turns, each with its next cell of the study's order, its A/A cell first: a short
//! time shows something of every task. A cell that does not fit leaves room for smaller ones.

use std::collections::BTreeSet;

use schema::duration;
use schema::fault::{Fault, Faults};
use schema::id::{Id, Variant};
use schema::selection::{LeftOut, Selection};

use crate::draft::Draft;
use crate::estimate::Estimates;

/// The drafts that fit, in the study's order; the others are left out with the reason.
pub(crate) fn fit<'a>(
    drafts: Vec<Draft<'a>>,
    selection: &Selection,
    estimates: &Estimates,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Draft<'a>>, Faults> {
    let Some(budget_s) = selection.budget_s else { return Ok(drafts) };
    let seconds: Vec<f64> = drafts.iter().map(|draft| estimates.draft_s(draft, selection)).collect();
    let mut rest = f64::from(budget_s);
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    for index in turns(&drafts) {
        if seconds[index] <= rest {
            rest -= seconds[index];
            kept.insert(index);
        }
    }
    if kept.is_empty()
        && let Some(least) = seconds.iter().copied().reduce(f64::min)
    {
        let what = format!("no cell fits into {}; the shortest takes about {}", told(budget_s), duration::words(least));
        return Err(Fault::new("--budget", what).hint("give it more time, or fewer --repetitions").into());
    }
    let mut fitting = Vec::new();
    for (index, draft) in drafts.into_iter().enumerate() {
        if kept.contains(&index) {
            fitting.push(draft);
            continue;
        }
        let takes = duration::words(seconds[index]);
        let reason = format!("it takes about {takes}, more than the budget of {} leaves", told(budget_s));
        left_out.push(LeftOut { what: draft.planned.cell.label.clone(), phase: 2, reason });
    }
    Ok(fitting)
}

fn told(budget_s: u32) -> String {
    duration::words(f64::from(budget_s))
}

/// Positions of the drafts: one of each task, then the next of each, the tasks in the study's order.
fn turns(drafts: &[Draft<'_>]) -> Vec<usize> {
    let mut tasks: Vec<(&Id, Vec<usize>)> = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        let task = &draft.planned.cell.task;
        match tasks.iter_mut().find(|(known, _)| *known == task) {
            Some((_, own)) => own.push(index),
            None => tasks.push((task, vec![index])),
        }
    }
    let calibrates = |index: &usize| drafts[*index].arms.iter().any(|arm| arm.variant == Variant::A2);
    for (_, own) in &mut tasks {
        own.sort_by_key(|index| (!calibrates(index), *index));
    }
    let longest = tasks.iter().map(|(_, own)| own.len()).max().unwrap_or(0);
    (0..longest).flat_map(|turn| tasks.iter().filter_map(move |(_, own)| own.get(turn).copied())).collect()
}
