//! The clusters that are left when all merges but the last few are done.

use crate::cluster::agglomerative::Agglomerative;
use crate::cluster::agglomerative::chain::Merge;

pub(super) fn cut(mut merges: Vec<Merge>, rows: usize, clusters: usize) -> Agglomerative {
    // Stable: of equal heights the one that the chain found first.
    merges.sort_by(|left, right| left.height.total_cmp(&right.height));
    let mut parents: Vec<usize> = (0..rows).collect();
    for merge in &merges[..rows - clusters] {
        let [left, right] = merge.rows.map(|row| root(&mut parents, row));
        parents[left.max(right)] = left.min(right);
    }
    let mut labels: Vec<i64> = vec![-1; rows];
    let mut next = 0;
    for row in 0..rows {
        // A root is its cluster's first row.
        let root = root(&mut parents, row);
        if root == row {
            labels[row] = next;
            next += 1;
        } else {
            labels[row] = labels[root];
        }
    }
    Agglomerative { labels, heights: merges.iter().map(|merge| merge.height).collect() }
}

fn root(parents: &mut [usize], mut row: usize) -> usize {
    while parents[row] != row {
        parents[row] = parents[parents[row]];
        row = parents[row];
    }
    row
}
