//! Resamples of what is summed, for many members at once. How often each value is drawn is counted first;
//! a resampled sum is then the counts times the values, row by row, which a processor does some twenty
//! times as fast as it picks values. Members of equally many values share the draws: each member's
//! resamples are as random as if they were its own, and it pays for its own product alone.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::random::Stream;

/// Resamples that are made together.
const LANES: usize = 16;

/// How often a value is drawn in each of [`LANES`] resamples.
type Counts = [u32; LANES];

/// What is resampled: rows that are drawn whole, of columns that are summed.
pub(super) type Rows<const COLUMNS: usize> = Vec<[f64; COLUMNS]>;

/// `statistic(member, sums)` of each resample of each member, in their order. Which others there are
/// changes nothing for a member.
pub(super) fn resampled<const COLUMNS: usize, T: Copy + Send + Sync>(
    members: &[Rows<COLUMNS>],
    (resamples, seed): (usize, u64),
    statistic: impl Fn(usize, [f64; COLUMNS]) -> T + Sync,
) -> Vec<Vec<T>> {
    let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (member, rows) in members.iter().enumerate() {
        by_length.entry(rows.len()).or_default().push(member);
    }
    let mut found: Vec<Vec<T>> = members.iter().map(|_| Vec::new()).collect();
    for (length, alike) in by_length {
        let tiles: Vec<Vec<[T; LANES]>> = (0..resamples.div_ceil(LANES))
            .into_par_iter()
            .map_init(Vec::new, |counts, tile| {
                count(counts, length, tile, seed);
                let one = |member: &usize| {
                    let sums = sums(counts, &members[*member]);
                    std::array::from_fn(|lane| statistic(*member, sums.map(|column| column[lane])))
                };
                alike.iter().map(one).collect()
            })
            .collect();
        for (place, member) in alike.into_iter().enumerate() {
            found[member] = tiles.iter().flat_map(|tile| tile[place]).take(resamples).collect();
        }
    }
    found
}

/// Draws as many values as there are, with replacement, for each resample of a tile.
fn count(counts: &mut Vec<Counts>, values: usize, tile: usize, seed: u64) {
    counts.clear();
    counts.resize(values, [0; LANES]);
    (0..LANES).for_each(|lane| {
        let mut random = Stream::new(seed, (tile * LANES + lane) as u64);
        each_place(values, &mut random, |place| counts[place][lane] += 1);
    });
}

/// As many places below `count`, two from each random number.
fn each_place(count: usize, random: &mut Stream, mut take: impl FnMut(usize)) {
    let place = |bits: u64| (((bits & 0xFFFF_FFFF) * count as u64) >> 32) as usize;
    for _ in 0..count / 2 {
        let bits = random.bits();
        take(place(bits));
        take(place(bits >> 32));
    }
    if count % 2 == 1 {
        take(place(random.bits()));
    }
}

/// The columns' sums in each resample, with the widest registers that the processor has.
fn sums<const COLUMNS: usize>(counts: &[Counts], rows: &[[f64; COLUMNS]]) -> [[f64; LANES]; COLUMNS] {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "each call stands behind the check for the one feature that it needs")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F.
            return unsafe { sums_avx512(counts, rows) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            return unsafe { sums_avx2(counts, rows) };
        }
    }
    sums_plain(counts, rows)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sums_avx512<const COLUMNS: usize>(counts: &[Counts], rows: &[[f64; COLUMNS]]) -> [[f64; LANES]; COLUMNS] {
    sums_plain(counts, rows)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sums_avx2<const COLUMNS: usize>(counts: &[Counts], rows: &[[f64; COLUMNS]]) -> [[f64; LANES]; COLUMNS] {
    sums_plain(counts, rows)
}

/// Products and sums are rounded one by one, and each lane's in the order of the rows, so that wider
/// registers change no bit.
#[expect(clippy::inline_always, reason = "what calls it gives it the registers")]
#[inline(always)]
fn sums_plain<const COLUMNS: usize>(counts: &[Counts], rows: &[[f64; COLUMNS]]) -> [[f64; LANES]; COLUMNS] {
    let mut sums = [[0.0; LANES]; COLUMNS];
    for (counts, row) in counts.iter().zip(rows) {
        let counts = counts.map(f64::from);
        for (sums, value) in sums.iter_mut().zip(row) {
            for (sum, count) in sums.iter_mut().zip(&counts) {
                *sum += count * value;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resample_sums_as_many_values_as_there_are_whoever_is_beside_it() {
        let rows = |length: usize| (0..length).map(|place| [1.0, place as f64]).collect::<Rows<2>>();
        let together = resampled(&[rows(7), rows(40), rows(7), rows(1)], (101, 5), |_, sums| sums);
        for (member, length) in together.iter().zip([7.0, 40.0, 7.0, 1.0]) {
            assert_eq!(member.len(), 101);
            let within = |[count, sum]: &[f64; 2]| (count - length).abs() < 1e-9 && *sum <= length * (length - 1.0);
            assert!(member.iter().all(within));
        }
        assert_eq!(together[0], together[2], "equally many values share the draws");
        assert_eq!(together[1], resampled(&[rows(40)], (101, 5), |_, sums| sums)[0]);
        let mean = together[1].iter().map(|sums| sums[1]).sum::<f64>() / 101.0;
        // Sum of 40 draws from 0…39: mean 780, standard deviation 73, over 101 resamples 7.3.
        assert!((mean - 780.0).abs() < 30.0, "{mean}");
    }
    #[test]
    fn wider_registers_change_no_bit() {
        let mut counts = Vec::new();
        count(&mut counts, 333, 3, 9);
        let rows: Rows<3> = (1..=333_u32).map(|place| [0.1, 1.0 / f64::from(place), f64::from(place).ln()]).collect();
        assert_eq!(sums(&counts, &rows), sums_plain(&counts, &rows));
    }
}
