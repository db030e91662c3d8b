//! How many threads the kernels may use: one global pool of that size, made once.

use std::num::NonZeroUsize;

/// Makes the pool and lets faer's own algorithms use as many. One thread needs no pool. A pool
/// that is there already stays; its size is then what counts.
pub fn use_at_most(threads: NonZeroUsize) -> NonZeroUsize {
    if threads.get() == 1 {
        faer::set_global_parallelism(faer::Par::Seq);
        return threads;
    }
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    let given = NonZeroUsize::new(rayon::current_num_threads()).unwrap_or(NonZeroUsize::MIN);
    faer::set_global_parallelism(faer::Par::rayon(given.get()));
    given
}
