//! Contiguous shares of the rows, one a thread.

use std::num::NonZeroUsize;
use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

/// Fewer rows than this are not worth another thread.
const ROWS_MIN: usize = 512;

/// The rows `0..count` in as many near-equal ranges as threads are worth their while.
pub(crate) fn ranges(count: usize, threads: NonZeroUsize) -> Vec<Range<usize>> {
    let parts = threads.get().min(count.div_ceil(ROWS_MIN)).max(1);
    let bound = |part: usize| count * part / parts;
    (0..parts).map(|part| bound(part)..bound(part + 1)).collect()
}

/// Does the work on each part, on as many threads as there are parts; one part needs no pool.
pub(crate) fn each<T: Send>(parts: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
    match parts {
        [] => (),
        [one] => work(one),
        several => several.par_iter_mut().with_max_len(1).for_each(work),
    }
}
