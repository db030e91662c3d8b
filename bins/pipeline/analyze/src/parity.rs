//! Whether two arms did the same work: the worse of what phase 3 and phase 4 showed.

use schema::evaluation::{Parity, ParityVerdict};
use schema::id::ArmId;

use crate::finished::FinishedBlock;

/// `Unchecked` where either phase says nothing. Phase 3 knows no variants: an implementation is not
/// checked against itself there.
pub(crate) fn of_pair(finished: &FinishedBlock, smoke: &[Parity], left: &ArmId, right: &ArmId) -> ParityVerdict {
    let measured = worst(finished.parity.iter().filter(|parity| is_pair(parity, left, right)));
    if left.implementation == right.implementation {
        return measured;
    }
    let algorithm = &finished.block.cell.algorithm;
    let before = worst(smoke.iter().filter(|parity| parity.algorithm == *algorithm && is_pair(parity, left, right)));
    measured.max(before)
}

/// Phase 4's lines, then phase 3's about the same algorithm and arms.
pub(crate) fn of_block(finished: &FinishedBlock, smoke: &[Parity]) -> Vec<Parity> {
    let is_arm = |arm: &ArmId| finished.block.arms.iter().any(|candidate| candidate.facts.arm == *arm);
    let about_it = |parity: &&Parity| {
        parity.algorithm == finished.block.cell.algorithm && is_arm(&parity.left) && is_arm(&parity.right)
    };
    finished.parity.iter().chain(smoke.iter().filter(about_it)).cloned().collect()
}

fn is_pair(parity: &Parity, one: &ArmId, other: &ArmId) -> bool {
    (&parity.left, &parity.right) == (one, other) || (&parity.left, &parity.right) == (other, one)
}

fn worst<'a>(parities: impl Iterator<Item = &'a Parity>) -> ParityVerdict {
    parities.map(|parity| parity.verdict).max().unwrap_or(ParityVerdict::Unchecked)
}
