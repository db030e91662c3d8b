//! Phase 3: one conformance suite over every implementation, and parity on smoke inputs.

fn main() {}
