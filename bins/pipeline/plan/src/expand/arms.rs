//! Arms as a block has them: the implementation's command, and how it is told from others.

use std::collections::BTreeMap;

use schema::block::{Arm, ArmFacts};
use schema::fault::Fault;
use schema::id::{ArmId, Id, Variant};
use schema::implementation::Implementation;
use schema::selection::{LeftOut, Selection};

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

/// An arm of an implementation that described itself.
pub(super) fn of(arm: &ArmId, implementations: &BTreeMap<Id, Implementation>) -> Result<Arm, Fault> {
    let found = implementations.get(&arm.implementation);
    let (implementation, describe) = found
        .and_then(|found| Some((found, found.describe.as_ref()?)))
        .ok_or_else(|| Fault::new("", format!("implementation `{}` was not built", arm.implementation)))?;
    Ok(Arm {
        facts: ArmFacts {
            arm: arm.clone(),
            implementation: arm.implementation.clone(),
            class: describe.class,
            language: describe.language,
            framework: describe.framework.clone(),
            framework_version: describe.framework_version.clone(),
            slow_percent: if let Variant::Slow(percent) = arm.variant { percent } else { 0 },
        },
        argv: implementation.argv.clone(),
        env: implementation.env.clone(),
        threads_env: describe.threads_env.clone(),
        files: implementation.files.clone(),
    })
}
