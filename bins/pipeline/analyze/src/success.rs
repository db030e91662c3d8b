//! How often the runs of two implementations ended well, over the cells that both have.

use std::collections::BTreeMap;

use schema::detail::{Estimated, Share, SuccessDifference};
use schema::id::Id;
use stats::contingency::{TwoSides, mcnemar};
use stats::{LEVEL, proportion};

use crate::input::Input;
use crate::pairs;
use crate::runs::ArmRuns;

#[derive(Default)]
struct Counts {
    left: (u64, u64),
    right: (u64, u64),
    cells: u32,
    left_only: u32,
    right_only: u32,
}

pub(crate) fn analyze(input: &Input) -> Vec<SuccessDifference> {
    let mut pairs: BTreeMap<(Id, Id, Id), Counts> = BTreeMap::new();
    for finished in &input.blocks {
        let across =
            pairs::of(finished).into_iter().filter(|pair| pair.left.implementation != pair.right.implementation);
        for pair in across {
            let of = |arm| ArmRuns::of(finished, arm).map(|runs| runs.attempted_and_failed());
            let (Some(left), Some(right)) = (of(&pair.left.arm), of(&pair.right.arm)) else { continue };
            let key =
                (finished.block.domain.clone(), pair.left.implementation.clone(), pair.right.implementation.clone());
            pairs.entry(key).or_default().add(left, right);
        }
    }
    pairs.into_iter().filter_map(|(key, counts)| counts.difference(key)).collect()
}

impl Counts {
    fn add(&mut self, left: (usize, usize), right: (usize, usize)) {
        for (sum, (attempted, failed)) in [(&mut self.left, left), (&mut self.right, right)] {
            sum.0 += (attempted - failed) as u64;
            sum.1 += attempted as u64;
        }
        self.cells += 1;
        self.left_only += u32::from(left.1 == 0 && right.1 > 0);
        self.right_only += u32::from(right.1 == 0 && left.1 > 0);
    }

    fn difference(&self, (domain, left, right): (Id, Id, Id)) -> Option<SuccessDifference> {
        let sides = TwoSides {
            left_hits: self.left.0,
            left_tries: self.left.1,
            right_hits: self.right.0,
            right_tries: self.right.1,
        };
        let (difference, interval) = sides.difference(LEVEL).ok()?;
        Some(SuccessDifference {
            domain,
            left,
            right,
            left_share: share(self.left)?,
            right_share: share(self.right)?,
            difference: Estimated { value: difference, interval: Some(interval) },
            p: sides.fisher().ok()?,
            cells: self.cells,
            cells_left_only: self.left_only,
            cells_right_only: self.right_only,
            p_cells: mcnemar(u64::from(self.left_only), u64::from(self.right_only)).ok(),
        })
    }
}

pub(crate) fn share((hits, tries): (u64, u64)) -> Option<Share> {
    Some(Share {
        hits: hits as u32,
        tries: tries as u32,
        share: hits as f64 / tries as f64,
        interval: proportion::wilson(hits, tries, LEVEL).ok()?,
    })
}
