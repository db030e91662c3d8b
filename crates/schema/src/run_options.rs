//! What a user may say on the command line. Nextflow's params block, `nextflow_schema.json` and
//! docs/parameters.md are generated from this type; `select` checks the values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters of `nextflow run main.nf --NAME VALUE`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunOptions {
    /// A study in config/studies, or a study file of your own.
    pub study: String,
    /// Where reports go; each study gets its own folder in it.
    pub outdir: String,
    /// Only these tasks, separated by commas.
    pub tasks: Option<String>,
    /// Only these implementations, separated by commas.
    pub implementations: Option<String>,
    /// Rounds of every cell, instead of the study's own number.
    #[schemars(range(min = 1, max = 1000))]
    pub repetitions: Option<u32>,
    /// The seed of plan, order and data, instead of the study's own.
    pub seed: Option<u64>,
    /// Cargo profile of the measured programs: release, dist, or ci (never a basis for a figure).
    pub build_profile: String,
    /// What the measured programs are compiled for: native, x86-64-v3, …; config/hardware.yaml's where absent.
    pub target_cpu: Option<String>,
    /// Measure again what the block store already holds.
    pub fresh: bool,
    /// Start at once, however busy the machine is; such runs are marked.
    pub no_wait: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            study: "default".to_owned(),
            outdir: "results".to_owned(),
            tasks: None,
            implementations: None,
            repetitions: None,
            seed: None,
            build_profile: "release".to_owned(),
            target_cpu: None,
            fresh: false,
            no_wait: false,
        }
    }
}
