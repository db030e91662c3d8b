//! Bringing data nearer before they are needed: the memory works while the arithmetic does.

/// f64 values in a line of the caches (64 bytes).
pub(crate) const LINE_VALUES: usize = 8;

/// Data that will be read soon, asked for a share at a time.
pub(crate) struct Ahead<'a> {
    rest: &'a [f64],
    share: usize,
}

impl<'a> Ahead<'a> {
    /// `values` are asked for in `shares` about equal shares.
    pub(crate) fn of(values: &'a [f64], shares: usize) -> Self {
        let lines = values.len().div_ceil(LINE_VALUES);
        Self { rest: values, share: lines.div_ceil(shares.max(1)) * LINE_VALUES }
    }

    #[inline]
    pub(crate) fn ask(&mut self) {
        let (now, rest) = self.rest.split_at(self.share.min(self.rest.len()));
        self.rest = rest;
        for line in now.as_chunks::<LINE_VALUES>().0 {
            bring_near(line);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "prefetching has no safe form yet")]
fn bring_near(line: &[f64]) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: a prefetch reads and writes nothing that a program can see and faults on no address;
    // SSE, which it belongs to, is part of every x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn bring_near(_line: &[f64]) {}
