//! The machine's fingerprint: whatever makes a timing from one machine no timing of another.
//! Host name, load and frequency are no part of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    pub cpu_model: String,
    pub microcode: Option<String>,
    /// Cores that this process may use.
    pub cores: u32,
    pub smt: Option<bool>,
    /// Rounded to whole GiB.
    pub memory_gib: u32,
    pub kernel: String,
    pub governor: Option<String>,
    pub turbo: Option<bool>,
    pub hypervisor: Option<String>,
    pub gpus: Vec<String>,
    pub gpu_driver: Option<String>,
    pub container_image: Option<String>,
}
