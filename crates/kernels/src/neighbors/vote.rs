//! What neighbours say about a query: shares of classes, or a mean.

use super::{Nearest, Unsearchable};

/// How much each neighbour counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    Uniform,
    /// As the inverse of the distance; where some are at no distance at all, they alone count.
    Distance,
}

/// Each query's shares of the classes, `classes` a query, which sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    pub classes: usize,
    pub values: Vec<f64>,
}

impl Shares {
    /// The class of the largest share of each query; of equal ones the first.
    pub fn labels(&self) -> Vec<i64> {
        let largest = |shares: &[f64]| {
            let mut best = (0, f64::NEG_INFINITY);
            for (class, share) in (0..).zip(shares) {
                best = if *share > best.1 { (class, *share) } else { best };
            }
            best.0
        };
        self.values.chunks_exact(self.classes).map(largest).collect()
    }
}

/// `labels` are the points' classes, from 0 to `classes` - 1.
pub fn shares_of_classes(
    nearest: &Nearest,
    labels: &[i64],
    classes: usize,
    weights: Weights,
) -> Result<Shares, Unsearchable> {
    let known = |label: &i64| usize::try_from(*label).is_ok_and(|class| class < classes);
    if classes == 0 || !labels.iter().all(known) || nearest.rows.iter().any(|row| *row as usize >= labels.len()) {
        return Err(Unsearchable::Shape);
    }
    let mut values = vec![0.0; nearest.rows.len() / nearest.count * classes];
    let mut weighed = vec![0.0; nearest.count];
    for (shares, (rows, distances)) in values.chunks_exact_mut(classes).zip(of_each(nearest)) {
        let total = weights.of(distances, &mut weighed);
        for (row, weight) in rows.iter().zip(&weighed) {
            shares[labels[*row as usize] as usize] += weight;
        }
        for share in shares {
            *share /= total;
        }
    }
    Ok(Shares { classes, values })
}

/// The weighted mean of the neighbours' targets, one a query.
pub fn average(nearest: &Nearest, targets: &[f64], weights: Weights) -> Result<Vec<f64>, Unsearchable> {
    if nearest.rows.iter().any(|row| *row as usize >= targets.len()) {
        return Err(Unsearchable::Shape);
    }
    let mut weighed = vec![0.0; nearest.count];
    let mean = |(rows, distances): (&[u32], &[f64])| {
        let total = weights.of(distances, &mut weighed);
        rows.iter().zip(&weighed).map(|(row, weight)| targets[*row as usize] * weight).sum::<f64>() / total
    };
    Ok(of_each(nearest).map(mean).collect())
}

fn of_each(nearest: &Nearest) -> impl Iterator<Item = (&[u32], &[f64])> {
    nearest.rows.chunks_exact(nearest.count).zip(nearest.distances.chunks_exact(nearest.count))
}

impl Weights {
    /// Fills `weights` and returns their sum.
    fn of(self, distances: &[f64], weights: &mut [f64]) -> f64 {
        let same_place = distances.first().is_some_and(|nearest| inverse(*nearest).is_infinite());
        for (weight, distance) in weights.iter_mut().zip(distances) {
            *weight = match self {
                Self::Uniform => 1.0,
                Self::Distance if same_place => f64::from(u8::from(inverse(*distance).is_infinite())),
                Self::Distance => inverse(*distance),
            };
        }
        weights.iter().sum()
    }
}

fn inverse(distance: f64) -> f64 {
    1.0 / distance
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(distances: &[f64]) -> Nearest {
        Nearest { count: 3, distances: distances.to_vec(), rows: vec![0, 1, 2] }
    }

    #[test]
    fn neighbours_vote_equally_or_by_nearness() {
        let found = nearest(&[1.0, 2.0, 4.0]);
        let uniform = shares_of_classes(&found, &[0, 1, 1], 2, Weights::Uniform).expect("shares");
        assert_eq!((uniform.labels(), uniform.values), (vec![1], vec![1.0 / 3.0, 2.0 / 3.0]));
        let near = shares_of_classes(&found, &[0, 1, 1], 2, Weights::Distance).expect("shares");
        assert_eq!((near.labels(), near.values), (vec![0], vec![1.0 / 1.75, 0.75 / 1.75]));
        assert_eq!(average(&found, &[7.0, 0.0, 0.0], Weights::Distance), Ok(vec![4.0]));
    }

    #[test]
    fn who_is_at_the_same_place_alone_counts() {
        let found = nearest(&[0.0, 0.0, 1e-9]);
        assert_eq!(average(&found, &[1.0, 2.0, 99.0], Weights::Distance), Ok(vec![1.5]));
    }

    #[test]
    fn equal_shares_go_to_the_first_class() {
        let found = Nearest { count: 2, distances: vec![1.0, 1.0], rows: vec![0, 1] };
        assert_eq!(shares_of_classes(&found, &[2, 1], 3, Weights::Uniform).expect("shares").labels(), [1]);
        assert_eq!(shares_of_classes(&found, &[2, 3], 3, Weights::Uniform), Err(Unsearchable::Shape));
    }
}
