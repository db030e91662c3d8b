//! Phase 1: what is run and what is left out, from config, command line and machine.

fn main() {}
