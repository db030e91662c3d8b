//! Who runs a cell: every chosen implementation that is there and can do it.

use std::collections::BTreeMap;

use schema::block::{Arm, ArmFacts, Cell};
use schema::id::{ArmId, Id};
use schema::implementation::{Describe, Implementation};
use schema::selection::{LeftOut, Selection};

use super::Sources;
use super::cells::PlannedCell;

/// Chosen implementations that phase 2 could not make ready, each once.
pub(super) fn unavailable(selection: &Selection, implementations: &BTreeMap<Id, Implementation>) -> Vec<LeftOut> {
    let reason = |id: &Id| match implementations.get(id) {
        None => Some("it was not built".to_owned()),
        Some(implementation) => match (&implementation.problem, &implementation.describe) {
            (Some(problem), _) => Some(problem.clone()),
            (None, None) => Some("it did not describe itself".to_owned()),
            (None, Some(_)) => None,
        },
    };
    let chosen = selection.chosen.iter().map(|chosen| &chosen.implementation);
    chosen.filter_map(|id| Some(LeftOut { what: id.to_string(), phase: 2, reason: reason(id)? })).collect()
}

/// The arms of a cell in the order of the choice; who cannot do this cell is left out of it alone.
pub(super) fn of(planned: &PlannedCell, sources: &Sources, left_out: &mut Vec<LeftOut>) -> Vec<Arm> {
    let mut arms = Vec::new();
    for chosen in sources.selection.chosen.iter().filter(|chosen| chosen.task == planned.cell.task) {
        let id = &chosen.implementation;
        if planned.implementations.is_some_and(|only| !only.contains(id)) {
            continue;
        }
        let Some(implementation) = sources.implementations.get(id).filter(|found| found.problem.is_none()) else {
            continue;
        };
        let Some(describe) = &implementation.describe else { continue };
        match cannot(describe, &planned.cell) {
            None => arms.push(arm(implementation, describe)),
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

fn arm(implementation: &Implementation, describe: &Describe) -> Arm {
    Arm {
        facts: ArmFacts {
            arm: ArmId::plain(implementation.implementation.clone()),
            implementation: implementation.implementation.clone(),
            class: describe.class,
            language: describe.language,
            framework: describe.framework.clone(),
            framework_version: describe.framework_version.clone(),
            slow_percent: 0,
        },
        argv: implementation.argv.clone(),
        env: implementation.env.clone(),
        threads_env: describe.threads_env.clone(),
        files: implementation.files.clone(),
    }
}
