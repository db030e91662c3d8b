//! Phase 6: the only writer of results/.

fn main() {}
