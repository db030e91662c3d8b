//! Random numbers by counting: each draw is a function of seed, stream and place alone, so that one
//! thread and sixteen draw the same.

/// Steele, Lea and Flood (2014), `SplitMix64`, with Stafford's thirteenth mixer.
#[derive(Clone, Debug)]
pub struct Stream {
    counter: u64,
}

/// The odd number next to 2⁶⁴ over the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Stream {
    /// The draws number `stream` of `seed`; neighbouring streams are unrelated.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { counter: mix(mix(seed.wrapping_add(STEP)).wrapping_add(stream.wrapping_mul(STEP))) }
    }

    pub fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(STEP);
        mix(self.counter)
    }

    /// Strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A place among `count`; at most `count` / 2³² off from fair.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.bits() >> 32).wrapping_mul(count as u64) >> 32) as usize
    }

    /// Box and Muller (1958), one of the pair.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Fisher and Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
