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
    /// Your own data instead of the study's: a CSV, Parquet or npy file, or URL#sha256=DIGEST.
    pub dataset: Option<String>,
    /// The column of --dataset that is predicted: its name, or in an npy file its number from 0.
    pub target: Option<String>,
    /// What --target holds: numbers, or classes (words or whole numbers); told by its values where absent.
    #[schemars(regex(pattern = "^(numbers|classes)$"))]
    pub target_is: Option<String>,
    /// Columns of --dataset that are not used, separated by commas.
    pub drop_columns: Option<String>,
    /// Files of datasets that are not carried: NAME=PATH or NAME=URL#sha256=DIGEST, separated by commas.
    pub dataset_file: Option<String>,
    /// A data file larger than this is not read.
    #[schemars(range(min = 1))]
    pub dataset_bytes_max: u64,
    /// Only these tasks, separated by commas.
    pub tasks: Option<String>,
    /// Only these implementations, separated by commas.
    pub implementations: Option<String>,
    /// Every cell on this device, cpu or cuda, instead of the study's own; who cannot use it is left out and named.
    #[schemars(regex(pattern = "^(cpu|cuda)$"))]
    pub device: Option<String>,
    /// The model that agents ask, on a server of your own; the embedded server with a small model where absent.
    pub model: Option<String>,
    /// The server that has it: port 11434 of this machine where only --model is given.
    pub ollama_url: Option<String>,
    /// The second server of tasks that need two: port 11435 of this machine where only --model is given.
    pub ollama_url_2: Option<String>,
    /// Rounds of every cell, instead of the study's own number.
    #[schemars(range(min = 1, max = 1000))]
    pub repetitions: Option<u32>,
    /// Time for measuring, such as 25m or 1h30m: cells that do not fit are left out and named.
    pub budget: Option<String>,
    /// The seed of plan, order and data, instead of the study's own.
    pub seed: Option<u64>,
    /// Cargo profile of the measured programs: release, dist, or ci (never a basis for a figure).
    pub build_profile: String,
    /// What the measured programs are compiled for: native, x86-64-v3, …; config/hardware.yaml's where absent.
    pub target_cpu: Option<String>,
    /// Measure again what the block store already holds.
    pub fresh: bool,
    /// Further forms of the report: technical, latex, pdf, citation; several separated by commas.
    #[schemars(regex(pattern = "^(technical|latex|pdf|citation)(,(technical|latex|pdf|citation))*$"))]
    pub report_forms: Option<String>,
    /// Start at once, however busy the machine is; such runs are marked.
    pub no_wait: bool,
    /// On a cluster: the account that jobs are charged to.
    #[schemars(regex(pattern = PLAIN_WORD))]
    pub account: Option<String>,
    /// On a cluster: the partition that jobs go to; its nodes have to be of one kind.
    #[schemars(regex(pattern = PLAIN_WORD))]
    pub partition: Option<String>,
    /// On a cluster: the quality of service of jobs.
    #[schemars(regex(pattern = PLAIN_WORD))]
    pub qos: Option<String>,
    /// On a cluster: the time limit of each job, as Slurm writes it: minutes, 02:00:00 or 1-12:00:00.
    #[schemars(regex(pattern = r"^([0-9]+-)?[0-9]+(:[0-9]{2}){0,2}$"))]
    pub time: Option<String>,
    /// On a cluster: the memory of each job, as Slurm writes it: 16G; all of an exclusive node's where absent.
    #[schemars(regex(pattern = "^[0-9]+[KMGT]?$"))]
    pub memory: Option<String>,
    /// On a cluster: cores of each job that builds or measures; all of an exclusive node's where absent.
    #[schemars(range(min = 1))]
    pub cpus: Option<u32>,
    /// On a cluster: a job that builds or measures has its node to itself.
    pub exclusive: bool,
    /// On a cluster: further options of sbatch, in one text: --sbatch='--constraint=skylake'.
    #[schemars(regex(pattern = r"^--[A-Za-z0-9_=:,./@%+ -]+$"))]
    pub sbatch: Option<String>,
}

/// These words reach the head of a job's script.
const PLAIN_WORD: &str = "^[A-Za-z0-9][A-Za-z0-9_.,+-]*$";

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            study: "default".to_owned(),
            outdir: "results".to_owned(),
            dataset: None,
            target: None,
            target_is: None,
            drop_columns: None,
            dataset_file: None,
            dataset_bytes_max: 1 << 30,
            tasks: None,
            implementations: None,
            device: None,
            model: None,
            ollama_url: None,
            ollama_url_2: None,
            repetitions: None,
            budget: None,
            seed: None,
            build_profile: "release".to_owned(),
            target_cpu: None,
            fresh: false,
            report_forms: None,
            no_wait: false,
            account: None,
            partition: None,
            qos: None,
            time: None,
            memory: None,
            cpus: None,
            exclusive: true,
            sbatch: None,
        }
    }
}
