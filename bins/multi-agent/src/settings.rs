//! The hyperparameters, and what each agent's model is told by them.

use llm::message::Options;
use schema::fault::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who runs beside whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Scenario {
    #[default]
    BaselineVsChimera,
    ChimeraHetero,
    ChimeraHomo,
}

/// Hyperparameters of `two_agents`. An option that is null is left to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TwoAgents {
    /// `baseline_vs_chimera`: the server's defaults beside the options; `chimera_homo`: both agents with the
    /// options; `chimera_hetero`: the options beside the `second_` ones.
    pub scenario: Scenario,
    /// The first agent's model; null: the one that its server was started with.
    pub model: Option<String>,
    /// The second agent's; null: its server's.
    pub model_2: Option<String>,
    /// The reports are written from a fixed analysis, so that all prompts are equal whatever the model says.
    pub canned_analysis: bool,
    /// Calls in flight at once; with 1 the agents take turns.
    #[schemars(range(min = 1, max = 2))]
    pub permits: u32,
    /// A time to the first token that is this many seconds above the same call's alone is contention.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub contention_ttft_s: f64,
    /// Tokens of each answer at most.
    #[schemars(range(min = 1, max = 65536))]
    pub num_predict: i32,
    /// Length of the context in tokens.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub num_ctx: Option<u32>,
    /// Layers to put on the GPU; of no effect where the server has none.
    #[schemars(range(min = -1, max = 1024))]
    pub num_gpu: Option<i32>,
    /// Penalty for repeated tokens.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub repeat_penalty: Option<f64>,
    /// Sampling temperature; 0 takes the likeliest token.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub temperature: Option<f64>,
    /// Sample among this many of the likeliest tokens.
    #[schemars(range(min = 0, max = 1_048_576))]
    pub top_k: Option<u32>,
    /// Sample among the likeliest tokens that together have this probability.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f64>,
    /// As `num_ctx`, of the second agent of `chimera_hetero`; so the next five.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub second_num_ctx: Option<u32>,
    #[schemars(range(min = -1, max = 1024))]
    pub second_num_gpu: Option<i32>,
    #[schemars(range(min = 0.0, max = 10.0))]
    pub second_repeat_penalty: Option<f64>,
    #[schemars(range(min = 0.0, max = 10.0))]
    pub second_temperature: Option<f64>,
    #[schemars(range(min = 0, max = 1_048_576))]
    pub second_top_k: Option<u32>,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub second_top_p: Option<f64>,
    /// Seconds until the first byte of an answer; a cold server loads its model meanwhile.
    #[schemars(range(min = 0.05, max = 3600.0))]
    pub first_byte_s: f64,
    /// Seconds between two pieces of an answer.
    #[schemars(range(min = 0.05, max = 3600.0))]
    pub idle_s: f64,
    /// Seconds for a whole answer.
    #[schemars(range(min = 0.05, max = 86400.0))]
    pub total_s: f64,
}

impl Default for TwoAgents {
    fn default() -> Self {
        Self {
            scenario: Scenario::default(),
            model: None,
            model_2: None,
            canned_analysis: false,
            permits: 2,
            contention_ttft_s: 3.0,
            num_predict: 128,
            num_ctx: None,
            num_gpu: None,
            repeat_penalty: None,
            temperature: None,
            top_k: None,
            top_p: None,
            second_num_ctx: None,
            second_num_gpu: None,
            second_repeat_penalty: None,
            second_temperature: None,
            second_top_k: None,
            second_top_p: None,
            first_byte_s: 300.0,
            idle_s: 60.0,
            total_s: 900.0,
        }
    }
}

impl TwoAgents {
    /// What the first and the second server are told. Their own seeds have 32 bits at most.
    pub fn options(&self, seed: u64) -> Result<[Options; 2], Fault> {
        let baseline = Options {
            num_predict: Some(self.num_predict),
            seed: Some((seed % (1 << 31)) as u32),
            ..Options::default()
        };
        let chimera = Options {
            num_ctx: self.num_ctx,
            num_gpu: self.num_gpu,
            repeat_penalty: self.repeat_penalty,
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            ..baseline.clone()
        };
        let second = Options {
            num_ctx: self.second_num_ctx,
            num_gpu: self.second_num_gpu,
            repeat_penalty: self.second_repeat_penalty,
            temperature: self.second_temperature,
            top_k: self.second_top_k,
            top_p: self.second_top_p,
            ..baseline.clone()
        };
        match self.scenario {
            Scenario::ChimeraHetero => Ok([chimera, second]),
            _ if second != baseline => Err(Fault::new(
                "params.json: hyperparameters",
                "`second_…` is given, which only `scenario` chimera_hetero takes",
            )),
            Scenario::BaselineVsChimera => Ok([baseline, chimera]),
            Scenario::ChimeraHomo => Ok([chimera.clone(), chimera]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scenario_tells_each_agent_its_own() {
        let given = TwoAgents { num_ctx: Some(512), ..TwoAgents::default() };
        let told = |parameters: &TwoAgents| parameters.options(u64::MAX).map(|both| both.map(|one| one.num_ctx));
        assert_eq!(told(&given), Ok([None, Some(512)]));
        assert_eq!(told(&TwoAgents { scenario: Scenario::ChimeraHomo, ..given.clone() }), Ok([Some(512); 2]));
        let other = TwoAgents { second_num_ctx: Some(1024), ..given };
        assert_eq!(
            told(&TwoAgents { scenario: Scenario::ChimeraHetero, ..other.clone() }),
            Ok([Some(512), Some(1024)])
        );
        assert!(told(&other).is_err_and(|fault| fault.to_string().contains("chimera_hetero")));
    }
}
