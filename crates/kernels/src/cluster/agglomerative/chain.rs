//! The chain of nearest neighbours: from a cluster to its nearest, and on, until two are each
//! other's nearest. Of equally near ones it prefers the one it came from, then the first.

/// Clusters in slots; a merged one keeps the later slot. A slot that was merged away stays in place
/// until the slots are packed, so that the first of equally near clusters is the same all along.
pub(super) trait Clusters {
    fn slots(&self) -> usize;
    /// The squared or plain distance to the nearest cluster, and its slot.
    fn nearest(&mut self, slot: usize, came_from: Option<usize>) -> (usize, f64);
    fn merge(&mut self, gone: usize, kept: usize);
    /// Packs the slots that are `alive`, in their order.
    fn pack(&mut self, alive: &[bool]);
    /// The distance, of what `nearest` tells.
    fn height(&self, distance: f64) -> f64;
}

/// Two rows whose clusters were merged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merge {
    pub(super) rows: [usize; 2],
    pub(super) height: f64,
}

/// Slots are packed once fewer than this share is alive.
const ALIVE_MIN: f64 = 0.75;

pub(super) fn merges(mut clusters: impl Clusters) -> Vec<Merge> {
    let rows = clusters.slots();
    // Of each slot: whether it is alive, and a row that it holds.
    let mut alive = vec![true; rows];
    let mut row: Vec<usize> = (0..rows).collect();
    let mut chain: Vec<usize> = Vec::new();
    let mut merges = Vec::with_capacity(rows.saturating_sub(1));
    while merges.len() + 1 < rows {
        if chain.is_empty() {
            chain.extend(alive.iter().position(|alive| *alive));
        }
        let slot = chain[chain.len() - 1];
        let came_from = chain.len().checked_sub(2).map(|index| chain[index]);
        let (nearest, distance) = clusters.nearest(slot, came_from);
        if Some(nearest) != came_from {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (gone, kept) = (slot.min(nearest), slot.max(nearest));
        merges.push(Merge { rows: [row[gone], row[kept]], height: clusters.height(distance) });
        clusters.merge(gone, kept);
        alive[gone] = false;
        let left = rows - merges.len();
        if (left as f64) < ALIVE_MIN * alive.len() as f64 {
            clusters.pack(&alive);
            let places = places(&alive);
            for slot in &mut chain {
                *slot = places[*slot];
            }
            row = row.into_iter().zip(&alive).filter_map(|(row, alive)| alive.then_some(row)).collect();
            alive = vec![true; left];
        }
    }
    merges
}

/// Where each living slot goes.
fn places(alive: &[bool]) -> Vec<usize> {
    let mut next = 0;
    let place = |alive: &bool| {
        let place = next;
        next += usize::from(*alive);
        place
    };
    alive.iter().map(place).collect()
}
