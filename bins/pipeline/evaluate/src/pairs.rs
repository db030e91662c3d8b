//! Parity of every pair of a block's arms, over all rounds.

use metrics::parity::{self, Tally};
use schema::SCHEMA_VERSION;
use schema::block::Block;
use schema::evaluation::Parity;
use schema::id::ArmId;
use schema::task::TaskSpec;

use crate::outputs::RoundOutputs;

pub(crate) struct Pairs<'a> {
    block: &'a Block,
    pairs: Vec<Pair<'a>>,
}

struct Pair<'a> {
    left: &'a ArmId,
    right: &'a ArmId,
    tallies: Vec<Tally<'a>>,
}

impl<'a> Pairs<'a> {
    pub(crate) fn new(block: &'a Block, task: &'a TaskSpec) -> Self {
        let rules: Vec<_> = task.parity_of(&block.cell.algorithm).collect();
        let arms: Vec<&ArmId> = block.arms.iter().map(|arm| &arm.facts.arm).collect();
        let mut pairs = Vec::new();
        for (index, left) in arms.iter().enumerate() {
            for right in &arms[index + 1..] {
                let tallies = rules.iter().map(|rule| Tally::new(rule)).collect();
                pairs.push(Pair { left, right, tallies });
            }
        }
        Self { block, pairs }
    }

    /// Adds the round to every pair of which both arms have a finished run in it.
    pub(crate) fn add(&mut self, outputs: &RoundOutputs<'_>, round: u32) {
        let place = format!("round {round}");
        for pair in &mut self.pairs {
            let (Some(left), Some(right)) = (outputs.of(pair.left), outputs.of(pair.right)) else { continue };
            for tally in &mut pair.tallies {
                tally.add(left.side(tally.output()), right.side(tally.output()), &place);
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<Parity> {
        let block = self.block;
        let finish = |pair: Pair<'a>| {
            let rules: Vec<_> = pair.tallies.into_iter().map(Tally::finish).collect();
            Parity {
                schema_version: SCHEMA_VERSION.to_owned(),
                block_id: block.block_id.clone(),
                cell_id: block.cell.cell_id.clone(),
                algorithm: block.cell.algorithm.clone(),
                left: pair.left.clone(),
                right: pair.right.clone(),
                verdict: parity::worst(&rules),
                rules,
            }
        };
        self.pairs.into_iter().map(finish).collect()
    }
}
