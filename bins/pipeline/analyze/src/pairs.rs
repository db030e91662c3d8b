//! Which arms of a block are compared, and as what. Left costs more where the ratio is above 1.

use schema::analysis::Role;
use schema::block::ArmFacts;
use schema::id::{ArmId, Variant};
use schema::implementation::{Class, Language};

use crate::finished::FinishedBlock;

pub(crate) struct Pair<'a> {
    pub(crate) left: &'a ArmFacts,
    pub(crate) right: &'a ArmFacts,
    pub(crate) role: Role,
}

/// Rust on the left of Python, the user's own language on the left of both; then each implementation
/// on the left of itself a second time or slowed.
pub(crate) fn of(finished: &FinishedBlock) -> Vec<Pair<'_>> {
    let facts: Vec<&ArmFacts> = finished.block.arms.iter().map(|arm| &arm.facts).collect();
    let plain: Vec<&ArmFacts> = facts.iter().copied().filter(|arm| arm.arm.variant == Variant::Plain).collect();
    let languages =
        [(Language::Rust, Language::Python), (Language::Other, Language::Python), (Language::Other, Language::Rust)];
    let mut pairs = Vec::new();
    for (left_language, right_language) in languages {
        for left in plain.iter().filter(|arm| arm.language == left_language) {
            for right in plain.iter().filter(|arm| arm.language == right_language) {
                pairs.push(Pair { left, right, role: role(left.class, right.class) });
            }
        }
    }
    for left in &plain {
        for right in facts.iter().filter(|arm| is_calibration(&left.arm, &arm.arm)) {
            pairs.push(Pair { left, right, role: Role::Calibration });
        }
    }
    pairs
}

fn role(left: Class, right: Class) -> Role {
    match (left, right) {
        (Class::Library, Class::Library) => Role::Library,
        (Class::Tuned, Class::Tuned) => Role::Tuned,
        _ => Role::Across,
    }
}

fn is_calibration(plain: &ArmId, other: &ArmId) -> bool {
    plain.implementation == other.implementation && other.variant != Variant::Plain
}
