//! `implementation.json`: what phase 2 made of an implementation, and exactly how it is started;
//! `build_request.json`: what phase 1 asked it to make; `--describe`: what it says of itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::params::{Device, Mode};

/// `library`: as a user of the library calls it. `tuned`: the best an expert can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Library,
    Tuned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Rust,
    Python,
    /// An executable of the user's own.
    Other,
}

/// What `--describe` prints, alike in all languages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Describe {
    pub protocol: String,
    pub implementation: Id,
    pub class: Class,
    pub task: Id,
    pub framework: String,
    /// Read at run time (Python) or from Cargo.lock at build time (Rust), never typed.
    pub framework_version: String,
    pub language: Language,
    pub algorithms: Vec<Id>,
    pub devices: Vec<Device>,
    pub modes: Vec<Mode>,
    /// What must be there to run it, in words: `numpy`, `a CUDA device`.
    pub requires: Vec<String>,
    pub build: BuildFacts,
    /// The variables that set its number of threads.
    pub threads_env: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildFacts {
    /// `release`, `dist`, `ci`; for an interpreted program `interpreted`.
    pub profile: String,
    pub target_cpu: String,
    pub features: Vec<String>,
    /// The numeric kernels underneath: `openblas 0.3.30`, `faer`, `avx512`.
    pub kernels: Vec<String>,
}

/// Content-hashed, so that a build is redone when, and only when, what it depends on changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildRequest {
    pub schema_version: String,
    pub implementation: Id,
    pub task: Id,
    pub language: Language,
    pub how: How,
    /// sha256 over package, workspace crates it uses, lock, toolchain, profile, features, RUSTFLAGS.
    pub source_digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
pub enum How {
    /// `cargo build -p package --bin implementation --features implementation`.
    Cargo { package: String, profile: String, target_cpu: String },
    /// A script started by the project's own Python environment.
    Python { script: String, env_digest: String },
    /// The user's own command, with an optional build command (argument vectors, no shell).
    Command { argv: Vec<String>, build: Option<Vec<String>>, env: BTreeMap<String, String> },
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Implementation {
    pub schema_version: String,
    pub implementation: Id,
    pub task: Id,
    pub language: Language,
    /// `measure` starts exactly this.
    pub argv: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub files: Vec<FileDigest>,
    pub env_digest: Option<String>,
    /// Absent when it could not be built or did not describe itself.
    pub describe: Option<Describe>,
    pub facts: ImplementationFacts,
    /// Why it is not available; it is then left out with this reason.
    pub problem: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImplementationFacts {
    /// Of the build that made the files; null where nothing is built.
    pub build_ms: Option<u64>,
    /// Whether `build_ms` was from nothing: a build over warm caches says little.
    pub build_from_nothing: Option<bool>,
    pub executable_bytes: Option<u64>,
    pub environment_bytes: Option<u64>,
    pub dependencies: Option<u32>,
    /// Of its own file.
    pub lines_of_code: Option<u32>,
    /// Of this project's crates that do its work: the tuned kernels, not the protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_lines_of_code: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Relative to the project's root where it lies inside, else absolute.
    pub path: String,
    pub sha256: String,
}
