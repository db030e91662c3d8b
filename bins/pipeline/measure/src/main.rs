//! Phase 4: measures one block.

fn main() {}
