//! The person's own command: doctor, list, verify, new-task.

fn main() {}
