//! Phase 2: expands the study into plan.json and one block file a cell.

fn main() {}
