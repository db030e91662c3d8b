//! `plan` as a process.

mod admit;
mod expand;
mod made;
