//! From decision values to probabilities as libsvm does it: a sigmoid for each pair of classes, fitted
//! to decision values of five folds (Lin, Lin and Weng, Machine Learning 68, 2007), and the pairs
//! coupled (Wu, Lin and Weng, JMLR 5, 2004, second approach).

use super::twister::Twister;

pub(super) const FOLDS: usize = 5;
const MOST_NEWTON_STEPS: usize = 100;
const LEAST_SHARE: f64 = 1e-10;
/// Keeps the Hessian positive definite.
const RIDGE: f64 = 1e-12;
const ENOUGH: f64 = 1e-5;
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// No pair is surer than this.
const LEAST_PROBABILITY: f64 = 1e-7;
const LEAST_COUPLINGS: usize = 100;
/// Divided by the number of classes: the largest error of the coupling that is left.
const COUPLING_ERROR: f64 = 0.005;

/// The seed that scikit-learn draws for libsvm from its `random_state`: numpy's first number below 2³¹ − 1.
pub fn libsvm_seed(random_state: u32) -> u32 {
    let mut twister = Twister::new(random_state);
    loop {
        let number = twister.number() & 0x7fff_ffff;
        if number < 0x7fff_ffff {
            return number;
        }
    }
}

/// P(first class) = 1 / (1 + exp(slope · decision + offset)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sigmoid {
    slope: f64,
    offset: f64,
}

impl Sigmoid {
    /// By maximum likelihood with a little prior; `is_first` tells the class of each decision.
    pub(super) fn of(decisions: &[f64], is_first: &[bool]) -> Self {
        let firsts = is_first.iter().filter(|first| **first).count() as f64;
        let seconds = is_first.len() as f64 - firsts;
        let (high, low) = ((firsts + 1.0) / (firsts + 2.0), 1.0 / (seconds + 2.0));
        let targets: Vec<f64> = is_first.iter().map(|first| if *first { high } else { low }).collect();
        let mut sigmoid = Self { slope: 0.0, offset: ((seconds + 1.0) / (firsts + 1.0)).ln() };
        let mut loss = sigmoid.loss(decisions, &targets);
        for _ in 0..MOST_NEWTON_STEPS {
            let Some((direction, slope)) = sigmoid.newton(decisions, &targets) else { break };
            let mut share = 1.0;
            let found = loop {
                let next =
                    Self { slope: sigmoid.slope + share * direction[0], offset: sigmoid.offset + share * direction[1] };
                let less = next.loss(decisions, &targets);
                if less < loss + SUFFICIENT_DECREASE * share * slope {
                    break Some((next, less));
                }
                share /= 2.0;
                if share < LEAST_SHARE {
                    break None;
                }
            };
            let Some((next, less)) = found else { break };
            (sigmoid, loss) = (next, less);
        }
        sigmoid
    }

    fn exponent(self, decision: f64) -> f64 {
        self.slope * decision + self.offset
    }

    pub(super) fn probability(self, decision: f64) -> f64 {
        let exponent = self.exponent(decision);
        // The form whose exponential cannot overflow.
        if exponent >= 0.0 { (-exponent).exp() / (1.0 + (-exponent).exp()) } else { 1.0 / (1.0 + exponent.exp()) }
    }

    fn loss(self, decisions: &[f64], targets: &[f64]) -> f64 {
        let of = |(decision, target): (&f64, &f64)| {
            let exponent = self.exponent(*decision);
            let weight = if exponent >= 0.0 { *target } else { target - 1.0 };
            weight * exponent + (1.0 + (-exponent.abs()).exp()).ln()
        };
        decisions.iter().zip(targets).map(of).sum()
    }

    /// Newton's direction and the loss's slope along it; none where the gradient is as good as 0.
    fn newton(self, decisions: &[f64], targets: &[f64]) -> Option<([f64; 2], f64)> {
        let (mut hessian, mut gradient) = ([RIDGE, 0.0, RIDGE], [0.0; 2]);
        for (decision, target) in decisions.iter().zip(targets) {
            let probability = self.probability(*decision);
            let spread = probability * (1.0 - probability);
            hessian[0] += decision * decision * spread;
            hessian[1] += decision * spread;
            hessian[2] += spread;
            gradient[0] += decision * (target - probability);
            gradient[1] += target - probability;
        }
        if gradient.iter().all(|value| value.abs() < ENOUGH) {
            return None;
        }
        let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
        let direction = [
            -(hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant,
            -(hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant,
        ];
        Some((direction, gradient[0] * direction[0] + gradient[1] * direction[1]))
    }
}

/// The classes' probabilities from those of the pairs (0, 1), (0, 2), …, (k − 2, k − 1).
pub(super) fn couple(pairs: &[f64], classes: usize) -> Vec<f64> {
    let mut of_pair = vec![vec![0.0; classes]; classes];
    let places = (0..classes).flat_map(|first| (first + 1..classes).map(move |second| (first, second)));
    for ((first, second), probability) in places.zip(pairs) {
        let probability = probability.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
        of_pair[first][second] = probability;
        of_pair[second][first] = 1.0 - probability;
    }
    let matrix = coupling(&of_pair);
    let mut probabilities = vec![1.0 / classes as f64; classes];
    for _ in 0..LEAST_COUPLINGS.max(classes) {
        let products: Vec<f64> = matrix.iter().map(|row| product(row, &probabilities)).collect();
        let square = product(&products, &probabilities);
        let worst = products.iter().map(|value| (value - square).abs()).fold(0.0, f64::max);
        if worst < COUPLING_ERROR / classes as f64 {
            break;
        }
        sweep(&matrix, &mut probabilities, products, square);
    }
    probabilities
}

/// The matrix of the quadratic form that the probabilities make smallest.
fn coupling(of_pair: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let classes = of_pair.len();
    let entry = |row: usize, column: usize| {
        if row == column {
            (0..classes).filter(|other| *other != row).map(|other| of_pair[other][row].powi(2)).sum()
        } else {
            -of_pair[column][row] * of_pair[row][column]
        }
    };
    (0..classes).map(|row| (0..classes).map(|column| entry(row, column)).collect()).collect()
}

/// One coordinate after another, each time made to sum to 1 again.
fn sweep(matrix: &[Vec<f64>], probabilities: &mut [f64], mut products: Vec<f64>, mut square: f64) {
    for (class, row) in matrix.iter().enumerate() {
        let change = (square - products[class]) / row[class];
        let scale = 1.0 + change;
        probabilities[class] += change;
        square = (square + change * (change * row[class] + 2.0 * products[class])) / scale / scale;
        for (other, value) in products.iter_mut().enumerate() {
            *value = (*value + change * row[other]) / scale;
            probabilities[other] /= scale;
        }
    }
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_the_one_that_numpy_draws() {
        // numpy.random.RandomState(seed).randint(numpy.iinfo("i").max)
        assert_eq!([0, 1, 42, 4_294_967_295].map(libsvm_seed), EXPECTED);
    }

    const EXPECTED: [u32; 4] = [209_652_396, 1_791_095_845, 1_608_637_542, 419_326_371];

    #[test]
    fn pairs_that_agree_are_coupled_to_what_they_came_from() {
        let wanted = [0.5, 0.3, 0.2];
        let pair = |first: usize, second: usize| wanted[first] / (wanted[first] + wanted[second]);
        let found = couple(&[pair(0, 1), pair(0, 2), pair(1, 2)], 3);
        assert!(found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 5e-3), "{found:?}");
    }

    #[test]
    fn a_sigmoid_falls_where_the_first_class_has_the_larger_decisions() {
        let decisions: Vec<f64> = (0..100).map(|i| f64::from(i) / 10.0 - 5.0).collect();
        let is_first: Vec<bool> = (0..100).map(|i| (i * 7) % 100 < i).collect();
        let sigmoid = Sigmoid::of(&decisions, &is_first);
        assert!(sigmoid.slope < 0.0);
        assert!(sigmoid.probability(-5.0) < 0.3 && sigmoid.probability(5.0) > 0.7);
    }
}
