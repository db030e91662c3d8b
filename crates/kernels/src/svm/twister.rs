//! The Mersenne Twister MT19937 (Matsumoto and Nishimura, ACM TOMACS 8(1), 1998), so that shuffles
//! are those of C++'s and numpy's of the same seed.

const SIZE: usize = 624;
const OFFSET: usize = 397;

pub(super) struct Twister {
    state: [u32; SIZE],
    next: usize,
}

impl Twister {
    pub(super) fn new(seed: u32) -> Self {
        let mut state = [seed; SIZE];
        for index in 1..SIZE {
            let before = state[index - 1];
            state[index] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(index as u32);
        }
        Self { state, next: SIZE }
    }

    pub(super) fn number(&mut self) -> u32 {
        if self.next == SIZE {
            self.twist();
        }
        let mut number = self.state[self.next];
        self.next += 1;
        number ^= number >> 11;
        number ^= (number << 7) & 0x9d2c_5680;
        number ^= (number << 15) & 0xefc6_0000;
        number ^ (number >> 18)
    }

    fn twist(&mut self) {
        for index in 0..SIZE {
            let mixed = (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % SIZE] & 0x7fff_ffff);
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[index] = self.state[(index + OFFSET) % SIZE] ^ (mixed >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// A number below `range` without bias (Lemire, ACM TOMACS 29(1), 2019).
    pub(super) fn below(&mut self, range: u32) -> u32 {
        let least = range.wrapping_neg() % range.max(1);
        loop {
            let product = u64::from(self.number()) * u64::from(range);
            if product as u32 >= least {
                return (product >> 32) as u32;
            }
        }
    }

    /// 0 to `count` − 1 in random order.
    pub(super) fn shuffled(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for place in 0..count {
            let other = place + self.below((count - place) as u32) as usize;
            order.swap(place, other);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_thousandth_number_is_that_of_the_c_standard_library() {
        // Demanded by [rand.predef] of the C++ standard for the seed 5489.
        let mut twister = Twister::new(5489);
        assert_eq!((0..10_000).map(|_| twister.number()).last(), Some(4_123_659_995));
    }

    #[test]
    fn a_shuffle_keeps_every_number() {
        let mut order = Twister::new(7).shuffled(1000);
        assert_ne!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..1000));
    }
}
