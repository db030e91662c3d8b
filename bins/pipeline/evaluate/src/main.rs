//! Phase 5: quality and parity of a block.

fn main() {}
