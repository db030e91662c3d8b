//! The reference against itself (`@a2`), and against itself slowed by a known share (`@slow5`):
//! they show what this machine can tell apart. They go into the first block of each domain that
//! has the reference, in the study's order, so that a cell added at the end moves nothing.

use std::collections::BTreeSet;

use schema::config::{AaBlocks, Study};
use schema::id::{ArmId, Id, Variant};
use schema::selection::LeftOut;

use super::Draft;

pub(super) fn add(drafts: &mut [Draft<'_>], study: &Study, left_out: &mut Vec<LeftOut>) {
    if study.aa == AaBlocks::None && study.slowed.is_empty() {
        return;
    }
    let mut calibrated: BTreeSet<Id> = BTreeSet::new();
    let mut domains: BTreeSet<Id> = BTreeSet::new();
    for Draft { planned, arms } in drafts {
        let domain = &planned.task.spec.domain;
        domains.insert(domain.clone());
        let reference = &planned.task.reference;
        if arms.iter().all(|arm| arm.implementation != *reference) {
            continue;
        }
        let variant = |variant| ArmId { implementation: reference.clone(), variant };
        let first = calibrated.insert(domain.clone());
        if study.aa == AaBlocks::EveryBlock || (study.aa == AaBlocks::OneADomain && first) {
            arms.push(variant(Variant::A2));
        }
        if first {
            arms.extend(study.slowed.iter().map(|percent| variant(Variant::Slow(*percent))));
        }
    }
    left_out.extend(domains.difference(&calibrated).map(|domain| LeftOut {
        what: format!("the A/A comparison of {domain}"),
        phase: 2,
        reason: "no block has the task's reference implementation".to_owned(),
    }));
}
