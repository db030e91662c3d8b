//! What is to be run, before anything is resolved: every cell of the study with its arms.

mod calibration;
mod cells;
mod facts;

use std::collections::BTreeMap;

use schema::block::Cell;
use schema::fault::Faults;
use schema::id::{ArmId, Id};
use schema::implementation::Describe;
use schema::selection::{LeftOut, Selection};

pub(crate) use cells::PlannedCell;
pub(crate) use facts::DataFacts;

/// All outputs of one run together.
pub(crate) const OUTPUT_BYTES_MAX: u64 = 16 << 20;

/// A block as it will be: its cell and who runs it.
pub(crate) struct Draft<'a> {
    pub(crate) planned: PlannedCell<'a>,
    pub(crate) arms: Vec<ArmId>,
}

impl Draft<'_> {
    pub(crate) fn cell_id(&self) -> &Id {
        &self.planned.cell.cell_id
    }
}

/// What an implementation can do.
#[derive(Clone, Copy)]
pub(crate) enum Ability<'a> {
    Of(&'a Describe),
    /// It was never asked: taken to do whatever its task has.
    Unasked,
}

/// The drafts in the study's order, one a cell that has an arm; every other is left out with its
/// reason. `ability` is None for an implementation that is not there.
pub(crate) fn drafts<'a, 'd>(
    selection: &'a Selection,
    datasets: &BTreeMap<Id, DataFacts>,
    ability: &dyn Fn(&Id) -> Option<Ability<'d>>,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Draft<'a>>, Faults> {
    let mut drafts = Vec::new();
    for planned in cells::expand(selection, datasets, left_out)? {
        let arms = arms(&planned, selection, ability, left_out);
        if arms.is_empty() {
            let reason = "no implementation can run it".to_owned();
            left_out.push(LeftOut { what: planned.cell.label.clone(), phase: 2, reason });
        } else {
            drafts.push(Draft { planned, arms });
        }
    }
    calibration::add(&mut drafts, &selection.study, left_out);
    Ok(drafts)
}

/// The arms of a cell in the order of the choice; who cannot do this cell is left out of it alone.
fn arms<'d>(
    planned: &PlannedCell,
    selection: &Selection,
    ability: &dyn Fn(&Id) -> Option<Ability<'d>>,
    left_out: &mut Vec<LeftOut>,
) -> Vec<ArmId> {
    let mut arms = Vec::new();
    for chosen in selection.chosen.iter().filter(|chosen| chosen.task == planned.cell.task) {
        let id = &chosen.implementation;
        if planned.implementations.is_some_and(|only| !only.contains(id)) {
            continue;
        }
        let reason = match ability(id) {
            None => continue,
            Some(Ability::Unasked) => None,
            Some(Ability::Of(describe)) => cannot(describe, &planned.cell),
        };
        match reason {
            None => arms.push(ArmId::plain(id.clone())),
            Some(reason) => {
                let what = format!("{id} in {}", planned.cell.label);
                left_out.push(LeftOut { what, phase: 2, reason });
            }
        }
    }
    arms
}

/// What of the cell an implementation says that it cannot do.
fn cannot(describe: &Describe, cell: &Cell) -> Option<String> {
    if !describe.algorithms.contains(&cell.algorithm) {
        return Some(format!("it has no algorithm `{}`", cell.algorithm));
    }
    if !describe.devices.contains(&cell.device) {
        return Some(format!("it does not run on {:?}", cell.device).to_lowercase());
    }
    if !describe.modes.contains(&cell.mode) {
        return Some(format!("it has no {:?} mode", cell.mode).to_lowercase());
    }
    None
}
