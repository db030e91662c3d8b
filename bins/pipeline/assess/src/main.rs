//! Phase 6: answers, claims and the report.

fn main() {}
