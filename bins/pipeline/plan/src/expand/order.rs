//! Each round's order, seeds and incidental lengths. Every number is drawn from a stream of its
//! own, named by cell, round and arm: nothing that is added to a study moves what was there.

use datasets::random::Random;
use schema::block::PlannedRun;
use schema::id::{ArmId, Id};

/// Padding of the environment, against layout bias: Mytkowicz and others, Producing Wrong Data
/// Without Doing Anything Obviously Wrong, doi:10.1145/1508284.1508275.
const PADDING_BYTES: u64 = 4096;
/// Lengths of the working folder's last name.
const FOLDER_NAME_LENGTHS: std::ops::Range<u64> = 8..64;
/// numpy and scikit-learn take seeds of 32 bits, and so does `PYTHONHASHSEED`.
const SEEDS: u64 = 1 << 32;

pub(super) fn rounds(seed: u64, cell: &Id, rounds: u32, arms: &[ArmId]) -> Vec<Vec<PlannedRun>> {
    (0..rounds).map(|round| one_round(seed, cell, round, arms)).collect()
}

fn one_round(seed: u64, cell: &Id, round: u32, arms: &[ArmId]) -> Vec<PlannedRun> {
    let number = round.to_string();
    let stream = |purpose: &str, arm: &str| Random::new(&["plan", purpose, cell.as_str(), &number, arm], seed);
    let run_seed = stream("seed", "").below(SEEDS);
    // From a fixed order, so that the study's order of implementations decides nothing.
    let mut order = arms.to_vec();
    order.sort();
    stream("order", "").shuffle(&mut order);
    order
        .into_iter()
        .map(|arm| {
            let name = arm.to_string();
            let mut own = stream("run", &name);
            PlannedRun {
                // `@` is no part of a plain file name everywhere; `-` is in no id.
                run_id: format!("{cell}-r{round:03}-{}", name.replace('@', "-")),
                arm,
                seed: run_seed,
                env_padding_bytes: own.below(PADDING_BYTES) as u32,
                folder_name_length: (FOLDER_NAME_LENGTHS.start
                    + own.below(FOLDER_NAME_LENGTHS.end - FOLDER_NAME_LENGTHS.start))
                    as u32,
                hash_seed: own.below(SEEDS) as u32,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn arms(names: &[&str]) -> Vec<ArmId> {
        names.iter().map(|name| ArmId::try_from((*name).to_owned()).expect("an arm")).collect()
    }

    fn cell() -> Id {
        Id::new("cell").expect("an id")
    }

    #[test]
    fn a_round_has_every_arm_once_with_one_seed_and_the_order_varies() {
        let arms = arms(&["a", "a@a2", "b", "b@slow5"]);
        let rounds = rounds(1, &cell(), 40, &arms);
        let mut orders = BTreeSet::new();
        for round in &rounds {
            let names: Vec<String> = round.iter().map(|run| run.arm.to_string()).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 4);
            assert_eq!(round.iter().map(|run| run.seed).collect::<BTreeSet<_>>().len(), 1);
            orders.insert(names);
        }
        // 40 draws of 24 orders: fewer than 12 different ones has a probability below 1e-4.
        assert!(orders.len() >= 12, "{}", orders.len());
        let runs = || rounds.iter().flatten();
        assert_eq!(runs().map(|run| &run.run_id).collect::<BTreeSet<_>>().len(), 160);
        assert!(runs().all(|run| run.env_padding_bytes < 4096 && (8..64).contains(&run.folder_name_length)));
        assert!(runs().map(|run| run.env_padding_bytes).collect::<BTreeSet<_>>().len() > 100);
        assert!(runs().all(|run| run.seed < SEEDS));
        assert_eq!(runs().find(|run| run.arm == arms[1]).map(|run| run.run_id.as_str()), Some("cell-r000-a-a2"));
    }

    #[test]
    fn more_rounds_keep_the_first_and_the_arms_order_of_listing_does_not_matter() {
        let few = rounds(1, &cell(), 3, &arms(&["a", "b", "c"]));
        let many = rounds(1, &cell(), 5, &arms(&["c", "a", "b"]));
        assert_eq!(few[..], many[..3]);
        assert_ne!(few, rounds(2, &cell(), 3, &arms(&["a", "b", "c"])), "another seed, another order");
    }
}
