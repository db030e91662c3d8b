//! What is made small: half the squared error, or the classes' log loss. Gradients and hessians are
//! computed in double and kept in single precision, as in scikit-learn.

use super::{Target, Unboostable};

/// Values summed in one stretch by [`pairwise`].
const STRETCH: usize = 128;

pub(super) enum Loss<'a> {
    Squared(&'a [f64]),
    /// Of each row its class's place among those that train; of one class or two, one tree an iteration.
    Binomial(Vec<u32>),
    Multinomial(Vec<u32>, usize),
}

impl<'a> Loss<'a> {
    /// The loss, and the classes that train.
    pub(super) fn of(target: Target<'a>) -> Result<(Self, Vec<i64>), Unboostable> {
        let (labels, count) = match target {
            Target::Numbers(values) if values.iter().all(|value| value.is_finite()) => {
                return Ok((Self::Squared(values), Vec::new()));
            }
            Target::Numbers(_) => return Err(Unboostable::NotFinite),
            Target::Classes { labels, count } => (labels, count),
        };
        if !labels.iter().all(|label| usize::try_from(*label).is_ok_and(|class| class < count)) {
            return Err(Unboostable::NoSuchClass);
        }
        let mut known = labels.to_vec();
        known.sort_unstable();
        known.dedup();
        let places = labels.iter().map(|label| known.partition_point(|one| one < label) as u32).collect();
        let loss = if known.len() > 2 { Self::Multinomial(places, known.len()) } else { Self::Binomial(places) };
        Ok((loss, known))
    }

    /// The best constant of each output.
    pub(super) fn baseline(&self) -> Vec<f64> {
        match self {
            Self::Squared(values) => vec![pairwise(values) / values.len() as f64],
            Self::Binomial(places) => {
                let least = 10.0 * f64::EPSILON;
                let share = places.iter().filter(|place| **place == 1).count() as f64 / places.len() as f64;
                vec![log_odds(share.clamp(least, 1.0 - least))]
            }
            Self::Multinomial(places, classes) => {
                let share = |class| places.iter().filter(|place| **place as usize == class).count() as f64;
                let shares: Vec<f64> = (0..*classes)
                    .map(|class| (share(class) / places.len() as f64).clamp(f64::EPSILON, 1.0 - f64::EPSILON))
                    .collect();
                let logarithms: Vec<f64> = shares.iter().map(|share| share.ln()).collect();
                let mean = (pairwise(&logarithms) / *classes as f64).exp();
                shares.iter().map(|share| (share / mean).ln()).collect()
            }
        }
    }

    /// Gradients of a stretch of rows that begins at `first`, where `raw` is what is predicted.
    pub(super) fn squared(values: &[f64], first: usize, raw: &[f64], gradients: &mut [f32]) {
        for ((gradient, raw), value) in gradients.iter_mut().zip(raw).zip(&values[first..]) {
            *gradient = (raw - value) as f32;
        }
    }

    /// The same of two classes, with hessians.
    pub(super) fn binomial(places: &[u32], first: usize, raw: &[f64], slopes: &mut [[f32; 2]]) {
        for ((slope, raw), place) in slopes.iter_mut().zip(raw).zip(&places[first..]) {
            *slope = of_two(*raw, f64::from(*place));
        }
    }

    /// The same of more classes, each with numbers of its own.
    pub(super) fn multinomial(places: &[u32], first: usize, raw: &[&mut [f64]], slopes: &mut [&mut [[f32; 2]]]) {
        let mut shares = vec![0.0; raw.len()];
        for (at, place) in places[first..].iter().enumerate().take(raw.first().map_or(0, |own| own.len())) {
            let largest = raw.iter().fold(f64::NEG_INFINITY, |largest, own| largest.max(own[at]));
            let mut total = 0.0;
            for (share, own) in shares.iter_mut().zip(raw) {
                *share = (own[at] - largest).exp();
                total += *share;
            }
            for ((class, share), own) in (0..).zip(&shares).zip(slopes.iter_mut()) {
                let share = share / total;
                let gradient = share - f64::from(u8::from(*place == class));
                own[at] = [gradient as f32, (share * (1.0 - share)) as f32];
            }
        }
    }
}

/// Where the logarithm of the odds would lose digits, around equal ones, it is the difference of two.
fn log_odds(share: f64) -> f64 {
    if (0.3..=0.65).contains(&share) {
        let twice = 2.0 * (share - 0.5);
        twice.ln_1p() - (-twice).ln_1p()
    } else {
        (share / (1.0 - share)).ln()
    }
}

/// Gradient and hessian of the log loss; `second` is one for the second class.
fn of_two(raw: f64, second: f64) -> [f32; 2] {
    if raw > -37.0 {
        let other = (-raw).exp();
        let gradient = ((1.0 - second) - second * other) / (1.0 + other);
        return [gradient as f32, (other / ((1.0 + other) * (1.0 + other))) as f32];
    }
    let share = raw.exp();
    [(share - second) as f32, share as f32]
}

/// The classes' shares: of one number, the second class's log-odds, two of them.
pub(super) fn shares(decisions: &[f64]) -> Vec<f64> {
    if let [odds] = decisions {
        let second = 1.0 / (1.0 + (-odds).exp());
        return vec![1.0 - second, second];
    }
    let largest = decisions.iter().fold(f64::NEG_INFINITY, |largest, one| largest.max(*one));
    let mut shares: Vec<f64> = decisions.iter().map(|one| (one - largest).exp()).collect();
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= total;
    }
    shares
}

/// The place of the likeliest class; of equal ones the first.
pub(super) fn likeliest(decisions: &[f64]) -> usize {
    if let [odds] = decisions {
        return usize::from(*odds > 0.0);
    }
    let mut best = 0;
    for (at, decision) in decisions.iter().enumerate() {
        best = if *decision > decisions[best] { at } else { best };
    }
    best
}

/// The sum in numpy's order: halves of halves, and in short stretches eight sums side by side.
pub(super) fn pairwise(values: &[f64]) -> f64 {
    if values.len() < 8 {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if values.len() > STRETCH {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % 8);
        return pairwise(left) + pairwise(right);
    }
    let (eights, rest) = values.as_chunks::<8>();
    let mut sums = eights[0];
    for eight in &eights[1..] {
        sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value);
    }
    let four = [sums[0] + sums[1], sums[2] + sums[3], sums[4] + sums[5], sums[6] + sums[7]];
    rest.iter().fold((four[0] + four[1]) + (four[2] + four[3]), |sum, value| sum + value)
}
