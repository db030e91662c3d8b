//! Phase 5: statistics over all blocks.

fn main() {}
