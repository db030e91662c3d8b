//! Phase 2: builds implementations and prepares datasets.

fn main() {}
