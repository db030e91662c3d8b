//! The documents that the parts of Ferrobench exchange: their types, the JSON Schemas generated
//! from them, how a document is read and checked, and how it is written whole or not at all.
//!
//! Three documents follow one run and are never changed once written, joined by `run_id`:
//! `outcome.json` (the task's) → `record.json` (`measure`'s) → `evaluation.json` (`evaluate`'s).

pub mod analysis;
pub mod assessment;
pub mod assessment_check;
pub mod block;
pub mod certificate;
pub mod config;
pub mod data;
pub mod defaults;
pub mod describe;
pub mod detail;
pub mod digest;
pub mod document;
pub mod duration;
pub mod evaluation;
pub mod executables;
pub mod explain;
pub mod fault;
pub mod files;
pub mod fingerprint;
pub mod id;
pub mod implementation;
pub mod instant;
pub mod manifest;
pub mod mark;
pub mod outcome;
pub mod params;
pub mod plan;
pub mod publication;
pub mod record;
pub mod registry;
pub mod run_options;
pub mod selection;
pub mod task;
pub mod timeline;
pub mod yaml;

/// The version of every document in this crate. A reader accepts the same major version and
/// refuses any other by name; a change of a document's shape is a commit with a migration.
pub const SCHEMA_VERSION: &str = "1.0";

/// The version of the protocol between `measure` and a task's executable.
pub const PROTOCOL: &str = "ferrobench-task/1";
