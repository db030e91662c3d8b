//! How far clusters lie apart, from their rows alone. Noise, the label -1, is a cluster of its own.

use std::collections::BTreeMap;

use super::{Rows, Undefined};

/// The silhouette needs the distance of every pair: above this many rows it is not computed.
const ROWS_MAX: usize = 20_000;
/// Above so many sums of distances, one a row and cluster, it is not computed either.
const SUMS_MAX: usize = 1 << 26;
/// numpy's `allclose` against 0, by which scikit-learn decides.
const CLOSE_TO_ZERO: f64 = 1e-8;

/// At least two clusters, and fewer than rows.
pub(super) struct Clusters<'a> {
    rows: Rows<'a>,
    /// Each row's cluster, 0, 1, ….
    labels: Vec<usize>,
    sizes: Vec<usize>,
    centres: Vec<Vec<f64>>,
}

impl<'a> Clusters<'a> {
    pub(super) fn of(rows: Rows<'a>, labels: &[i64]) -> Result<Self, String> {
        let mut numbers: BTreeMap<i64, usize> = labels.iter().map(|label| (*label, 0)).collect();
        for (number, place) in numbers.values_mut().enumerate() {
            *place = number;
        }
        let count = numbers.len();
        if count < 2 || count >= labels.len() {
            return Err(format!("undefined: {count} clusters of {} rows", labels.len()));
        }
        let labels: Vec<usize> = labels.iter().map(|label| numbers[label]).collect();
        let mut sizes = vec![0; count];
        let mut centres = vec![vec![0.0; rows.columns]; count];
        for (row, label) in rows.values.chunks(rows.columns).zip(&labels) {
            sizes[*label] += 1;
            add(&mut centres[*label], row);
        }
        for (centre, size) in centres.iter_mut().zip(&sizes) {
            divide(centre, *size as f64);
        }
        Ok(Self { rows, labels, sizes, centres })
    }

    fn row(&self, index: usize) -> &[f64] {
        &self.rows.values[index * self.rows.columns..][..self.rows.columns]
    }

    fn with_centres(&self) -> impl Iterator<Item = (usize, &[f64], &[f64])> {
        let rows = self.rows.values.chunks(self.rows.columns).zip(&self.labels);
        rows.map(|(row, label)| (*label, row, self.centres[*label].as_slice()))
    }
}

pub(super) fn silhouette(clusters: &Clusters<'_>) -> Result<f64, Undefined> {
    let (count, k) = (clusters.labels.len(), clusters.sizes.len());
    if count > ROWS_MAX || count * k > SUMS_MAX {
        return Err("not computed for so many rows and clusters: it needs the distance of every pair");
    }
    // Of each row the sum of the distances to each cluster.
    let mut sums = vec![0.0; count * k];
    for i in 0..count {
        for j in 0..i {
            let distance = squared(clusters.row(i), clusters.row(j)).sqrt();
            sums[i * k + clusters.labels[j]] += distance;
            sums[j * k + clusters.labels[i]] += distance;
        }
    }
    let of_row = |(sums, own): (&[f64], &usize)| {
        if clusters.sizes[*own] == 1 {
            return 0.0;
        }
        let inside = sums[*own] / (clusters.sizes[*own] - 1) as f64;
        let others = sums.iter().zip(&clusters.sizes).enumerate().filter(|(label, _)| label != own);
        let outside = others.map(|(_, (sum, size))| sum / *size as f64).fold(f64::INFINITY, f64::min);
        let larger = inside.max(outside);
        if larger > 0.0 { (outside - inside) / larger } else { 0.0 }
    };
    let each = sums.chunks(k).zip(&clusters.labels).map(of_row);
    Ok(super::mean(&each.collect::<Vec<f64>>()))
}

#[allow(clippy::unnecessary_wraps, reason = "every entry of the table has one form")]
pub(super) fn calinski_harabasz(clusters: &Clusters<'_>) -> Result<f64, Undefined> {
    let (count, k) = (clusters.labels.len() as f64, clusters.sizes.len() as f64);
    let mut middle = vec![0.0; clusters.rows.columns];
    for row in clusters.rows.values.chunks(clusters.rows.columns) {
        add(&mut middle, row);
    }
    divide(&mut middle, count);
    let between: f64 = clusters
        .centres
        .iter()
        .zip(&clusters.sizes)
        .map(|(centre, size)| *size as f64 * squared(centre, &middle))
        .sum();
    let within = super::sum(&clusters.with_centres().map(|(_, row, centre)| squared(row, centre)).collect::<Vec<_>>());
    Ok(if within > 0.0 { between * (count - k) / (within * (k - 1.0)) } else { 1.0 })
}

#[allow(clippy::unnecessary_wraps, reason = "every entry of the table has one form")]
pub(super) fn davies_bouldin(clusters: &Clusters<'_>) -> Result<f64, Undefined> {
    let k = clusters.sizes.len();
    let mut spread = vec![0.0; k];
    for (label, row, centre) in clusters.with_centres() {
        spread[label] += squared(row, centre).sqrt() / clusters.sizes[label] as f64;
    }
    let apart = |i: usize, j: usize| squared(&clusters.centres[i], &clusters.centres[j]).sqrt();
    let pairs = || (0..k).flat_map(|i| (0..i).map(move |j| (i, j)));
    let pointlike = spread.iter().all(|spread| *spread <= CLOSE_TO_ZERO);
    if pointlike || pairs().all(|(i, j)| apart(i, j) <= CLOSE_TO_ZERO) {
        return Ok(0.0);
    }
    let mut worst = vec![0.0_f64; k];
    for (i, j) in pairs() {
        let distance = apart(i, j);
        if distance > 0.0 {
            let likeness = (spread[i] + spread[j]) / distance;
            worst[i] = worst[i].max(likeness);
            worst[j] = worst[j].max(likeness);
        }
    }
    Ok(worst.iter().sum::<f64>() / k as f64)
}

fn add(sums: &mut [f64], row: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += value;
    }
}

fn divide(sums: &mut [f64], count: f64) {
    for sum in sums {
        *sum /= count;
    }
}

/// The squared distance.
fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
