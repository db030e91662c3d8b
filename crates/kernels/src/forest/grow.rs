//! Growing one tree, depth first.

use super::columns::Columns;
use super::split::{Best, Offer, Rule, Scratch};
use super::tree::Tree;
use super::{Growth, Target};
use crate::random::Random;

/// What growing a tree needs and the next tree can use again.
#[derive(Default)]
pub(super) struct Room {
    /// The rows of the node in hand are a stretch of it.
    rows: Vec<u32>,
    /// How often each row was drawn.
    weights: Vec<u32>,
    /// Rows that go to the right, while a node is parted.
    aside: Vec<u32>,
    columns: Vec<usize>,
    scratch: Scratch,
}

/// A node that is to be split: its rows, and its parent where it is a right child.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    right_of: Option<usize>,
}

pub(super) fn tree(table: &Columns, target: Target<'_>, growth: Growth, seed: u64, room: &mut Room) -> Tree {
    let mut random = Random::new(seed);
    draw(table.rows(), growth.bootstrap, &mut random, room);
    let Room { rows, weights, aside, columns, scratch } = room;
    columns.clear();
    columns.extend(0..table.count());
    let mut choice = Choice { table, growth, random, columns, scratch };
    let mut tree = Tree::default();
    let mut pending = vec![Pending { start: 0, end: rows.len(), depth: 0, right_of: None }];
    while let Some(Pending { start, end, depth, right_of }) = pending.pop() {
        if let Some(parent) = right_of {
            tree.right_follows(parent);
        }
        let own = &mut rows[start..end];
        let rule = Rule::of(target, weights, own, growth.least_rows_a_leaf);
        let deep = growth.max_depth.is_some_and(|most| depth >= most);
        let best = if deep || rule.is_settled() { None } else { choice.best(&rule, own) };
        let Some(best) = best else {
            tree.add_leaf(rule.leaf());
            continue;
        };
        let middle = start + part(table.ranks(best.column), best.below, own, aside);
        let parent = tree.add_split(best.column, table.threshold(best.column, best.below, best.above));
        pending.push(Pending { start: middle, end, depth: depth + 1, right_of: Some(parent) });
        pending.push(Pending { start, end: middle, depth: depth + 1, right_of: None });
    }
    tree
}

fn draw(rows: usize, bootstrap: bool, random: &mut Random, room: &mut Room) {
    room.weights.clear();
    room.weights.resize(rows, u32::from(!bootstrap));
    if bootstrap {
        for _ in 0..rows {
            room.weights[random.below(rows)] += 1;
        }
    }
    room.rows.clear();
    room.rows.extend((0..rows as u32).filter(|row| room.weights[*row as usize] > 0));
}

/// How splits are chosen.
struct Choice<'a> {
    table: &'a Columns,
    growth: Growth,
    random: Random,
    columns: &'a mut [usize],
    scratch: &'a mut Scratch,
}

impl Choice<'_> {
    /// The best split among columns drawn without replacement: as many as are asked for, and then
    /// until one is not constant.
    fn best(&mut self, rule: &Rule<'_>, rows: &[u32]) -> Option<Best> {
        let (mut best, mut varied): (Option<Best>, bool) = (None, false);
        for drawn in 0..self.columns.len() {
            if drawn >= self.growth.columns_a_split && varied {
                break;
            }
            let other = drawn + self.random.below(self.columns.len() - drawn);
            self.columns.swap(drawn, other);
            match rule.best_of_column(self.table, self.columns[drawn], rows, self.scratch) {
                Offer::Constant => continue,
                Offer::Split(found) if best.as_ref().is_none_or(|best| found.gain > best.gain) => best = Some(found),
                Offer::Split(_) | Offer::Nothing => {}
            }
            varied = true;
        }
        best
    }
}

/// Brings the rows at or below a rank to the front; how many there are. The order stays.
fn part(ranks: &[u32], below: u32, rows: &mut [u32], aside: &mut Vec<u32>) -> usize {
    aside.clear();
    let mut kept = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        if ranks[row as usize] <= below {
            rows[kept] = row;
            kept += 1;
        } else {
            aside.push(row);
        }
    }
    rows[kept..].copy_from_slice(aside);
    kept
}
