//! Memory for large arrays. numpy asks the system for huge pages for its own; so does this, or one
//! language would look up more pages than the other for the same table.

/// From here on it is worth asking: numpy's bound too.
const LARGE_BYTES: usize = 4 << 20;
/// What advice has to be aligned to; where pages are larger the system refuses it, and nothing is lost.
const PAGE_BYTES: usize = 4096;

/// Room for `count` values.
pub(crate) fn room(count: usize) -> Vec<f64> {
    let values: Vec<f64> = Vec::with_capacity(count);
    let bytes = count * size_of::<f64>();
    if bytes >= LARGE_BYTES {
        ask_for_huge_pages(values.as_ptr().cast(), bytes);
    }
    values
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "advice about memory has no safe form")]
fn ask_for_huge_pages(values: *const u8, bytes: usize) {
    let before = values.addr().wrapping_neg() % PAGE_BYTES;
    let start = values.wrapping_add(before);
    // SAFETY: the range lies inside the allocation, which is at least `bytes` long, and the advice
    // changes neither its content nor who may use it.
    unsafe { libc::madvise(start.cast_mut().cast(), bytes - before, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_huge_pages(_values: *const u8, _bytes: usize) {}
