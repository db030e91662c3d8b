//! Studies whose truth is known: costs from a made-up machine that drifts, is disturbed and has heavy
//! tails, and what each way of deciding makes of them. The parameters were fixed before any result
//! was seen; a change of them is a change of the question.

use crate::random::Stream;

pub mod others;
pub mod study;

/// The noise of a machine on the logarithm of a cost, run after run in their order of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    pub name: &'static str,
    /// Standard deviation of runs, and the shape of their distribution.
    pub run: f64,
    pub shape: Shape,
    /// Correlation of each run's noise with that of the run before it.
    pub resemblance: f64,
    /// Standard deviation of a slow drift, an autoregression with 0.95.
    pub drift: f64,
    /// Chance that a burst begins at a run. It lasts 4 runs on average and slows each by an
    /// exponential share of this mean.
    pub burst: (f64, f64),
    /// Standard deviation of iterations inside a run.
    pub iteration: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Normal on the logarithm: the cost itself is lognormal.
    Lognormal,
    /// Normal on the cost itself.
    Normal,
    /// Student's t with 3 degrees of freedom on the logarithm, scaled to the standard deviation.
    HeavyTailed,
    /// An exponential tail to the slow side on the logarithm.
    Skewed,
    /// Of a hundred runs five are ten times as far off.
    Contaminated,
}

const QUIET: Noise = Noise {
    name: "normal, 3 %",
    run: 0.03,
    shape: Shape::Normal,
    resemblance: 0.0,
    drift: 0.0,
    burst: (0.0, 0.0),
    iteration: 0.03,
};

/// For these the intervals are to cover what they say, from 10 rounds on.
pub const ORDINARY: [Noise; 4] = [
    QUIET,
    Noise { name: "mildly lognormal, 20 %", run: 0.20, shape: Shape::Lognormal, ..QUIET },
    Noise { name: "AR(1), 0.5", resemblance: 0.5, shape: Shape::Lognormal, ..QUIET },
    Noise { name: "AR(1), 0.9", resemblance: 0.9, shape: Shape::Lognormal, ..QUIET },
];

/// For these the table says what they cover.
pub const HEAVIER: [Noise; 5] = [
    Noise { name: "t with 3 degrees of freedom", shape: Shape::HeavyTailed, ..QUIET },
    Noise { name: "exponential tail", shape: Shape::Skewed, ..QUIET },
    Noise { name: "5 % of runs 10× off", shape: Shape::Contaminated, ..QUIET },
    Noise { name: "bursts", burst: (0.05, 0.20), ..QUIET },
    SHARED,
];

/// A shared virtual machine: drift, bursts, heavy tails and resemblance at once.
pub const SHARED: Noise = Noise {
    name: "shared machine: drift, bursts, heavy tails, AR(1)",
    run: 0.03,
    shape: Shape::HeavyTailed,
    resemblance: 0.3,
    drift: 0.06,
    burst: (0.02, 0.15),
    iteration: 0.03,
};

/// How the runs of a burst go on: it lasts another run with this chance.
const BURST_GOES_ON: f64 = 0.75;
const DRIFT_GOES_ON: f64 = 0.95;

/// A machine in the course of time.
#[derive(Clone, Debug)]
pub struct Machine {
    noise: Noise,
    random: Stream,
    drift: f64,
    resembling: f64,
    burst: bool,
}

impl Machine {
    pub fn new(noise: Noise, seed: u64, stream: u64) -> Self {
        let mut random = Stream::new(seed, stream);
        let (drift, resembling) = (noise.drift * random.normal(), random.normal());
        Self { noise, random, drift, resembling, burst: false }
    }

    /// The cost of the next run: a true cost of `cost`, the mean over `iterations`.
    pub fn run(&mut self, cost: f64, iterations: u32) -> f64 {
        let of_run = self.next_run();
        let of_iterations = self.noise.iteration * self.random.normal() / f64::from(iterations).sqrt();
        cost * of_run * of_iterations.exp()
    }

    /// All iterations of the next run, which share its luck.
    pub fn iterations(&mut self, cost: f64, iterations: u32) -> Vec<f64> {
        let of_run = self.next_run();
        (0..iterations).map(|_| cost * of_run * (self.noise.iteration * self.random.normal()).exp()).collect()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.random.shuffle(items);
    }

    /// The factor that the machine puts on the next run.
    fn next_run(&mut self) -> f64 {
        let Noise { run, resemblance, drift, burst: (chance, size), .. } = self.noise;
        self.drift =
            DRIFT_GOES_ON * self.drift + drift * (1.0 - DRIFT_GOES_ON * DRIFT_GOES_ON).sqrt() * self.random.normal();
        self.resembling = resemblance * self.resembling + (1.0 - resemblance * resemblance).sqrt() * self.shape();
        self.burst = self.random.uniform() < if self.burst { BURST_GOES_ON } else { chance };
        let slowed = if self.burst { -size * self.random.uniform().ln() } else { 0.0 };
        let own = run * self.resembling;
        let factor = if self.noise.shape == Shape::Normal { (1.0 + own).max(0.1) } else { own.exp() };
        factor * (self.drift + slowed).exp()
    }

    /// Mean 0 and variance 1, but for the contaminated shape, whose bulk has variance 1.
    fn shape(&mut self) -> f64 {
        let normal = self.random.normal();
        match self.noise.shape {
            Shape::HeavyTailed => {
                let squares: f64 = (0..3).map(|_| self.random.normal().powi(2)).sum();
                // t with 3 degrees of freedom has variance 3.
                normal / (squares / 3.0).sqrt() / 3.0_f64.sqrt()
            }
            Shape::Skewed => -self.random.uniform().ln() - 1.0,
            Shape::Contaminated if self.random.uniform() < 0.05 => 10.0 * normal,
            Shape::Lognormal | Shape::Normal | Shape::Contaminated => normal,
        }
    }
}
