//! Pieces of work given to threads as each becomes free.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// Does `work` on every item, on up to `threads` threads of the global pool; which thread does
/// which item is chance, so what comes out must not depend on it.
pub(crate) fn share_out<T: Send>(
    threads: NonZeroUsize,
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) + Sync,
) {
    if threads.get() == 1 {
        items.for_each(work);
        return;
    }
    let items = Mutex::new(items);
    let take = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let until_none_is_left = || {
        while let Some(item) = take() {
            work(item);
        }
    };
    rayon::in_place_scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(|_| until_none_is_left());
        }
        until_none_is_left();
    });
}
