//! Parting a node's rows; the order on both sides stays.

use std::num::NonZeroUsize;

use super::bins::Bins;
use crate::shares::share_out;

/// Rows below which a second thread costs more than it saves.
const WORTH_A_THREAD: usize = 8192;

/// Brings the rows whose bin in the column is `last` or before it to the front; how many there are.
/// `aside` has room for as many rows.
pub(super) fn part(
    bins: &Bins,
    column: usize,
    last: u8,
    rows: &mut [u32],
    aside: &mut [u32],
    threads: NonZeroUsize,
) -> usize {
    let (panel, place) = bins.place(column);
    let goes_left = |row: u32| (panel.words[row as usize] >> (8 * place)) as u8 <= last;
    let pieces = if rows.len() < WORTH_A_THREAD { 1 } else { threads.get() };
    let length = rows.len().div_ceil(pieces).max(1);
    let mut kept = vec![0; pieces];
    let each = rows.chunks_mut(length).zip(aside.chunks_mut(length)).zip(&mut kept);
    let threads = NonZeroUsize::new(pieces).unwrap_or(NonZeroUsize::MIN);
    share_out(threads, each, |((rows, aside), kept)| *kept = part_piece(rows, aside, goes_left));
    let mut left = 0;
    for (piece, kept) in kept.iter().enumerate() {
        rows.copy_within(piece * length..piece * length + kept, left);
        left += kept;
    }
    let mut at = left;
    for (piece, kept) in kept.iter().enumerate() {
        let moved = (rows.len() - piece * length).min(length) - kept;
        rows[at..at + moved].copy_from_slice(&aside[piece * length..][..moved]);
        at += moved;
    }
    left
}

/// Those that go left stay in front; the others are put aside. How many stay.
fn part_piece(rows: &mut [u32], aside: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let mut kept = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        let stays = goes_left(row);
        rows[kept] = row;
        aside[at - kept] = row;
        kept += usize::from(stays);
    }
    kept
}
