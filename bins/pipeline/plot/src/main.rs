//! Phase 5: plots.

fn main() {}
