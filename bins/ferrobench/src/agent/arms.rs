//! Who is run how: implementations times configurations times phases.

use datasets::random::Random;
use ollama_agent::AnalysisReport;
use schema::fault::Fault;

use super::{Options, programs::Program};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Scenario {
    /// The server's defaults, and beside them the --chimera-… options.
    BaselineVsChimera,
    /// The --chimera-… options alone.
    ChimeraHomo,
    /// Two configurations at once: needs two agents.
    ChimeraHetero,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Phases {
    All,
    Cold,
    Warm,
}

impl Phases {
    pub(crate) fn list(self) -> &'static [Phase] {
        match self {
            Self::All => &[Phase::Cold, Phase::Warm],
            Self::Cold => &[Phase::Cold],
            Self::Warm => &[Phase::Warm],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Cold,
    Warm,
}

impl Phase {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) name: &'static str,
    pub(crate) parameters: AnalysisReport,
}

#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) program: Program,
    pub(crate) configuration: Configuration,
    pub(crate) phase: Phase,
}

impl Arm {
    /// The same question is asked of both.
    pub(crate) fn has_cell_of(&self, other: &Self) -> bool {
        self.configuration.name == other.configuration.name && self.phase == other.phase
    }
}

pub(crate) fn configurations(options: &Options) -> Result<Vec<Configuration>, Fault> {
    let chimera = &options.chimera;
    let optimised = AnalysisReport {
        num_gpu: chimera.chimera_num_gpu,
        num_ctx: chimera.chimera_num_ctx,
        temperature: chimera.chimera_temperature,
        top_p: chimera.chimera_top_p,
        top_k: chimera.chimera_top_k,
        repeat_penalty: chimera.chimera_repeat_penalty,
        ..AnalysisReport::default()
    };
    let baseline = Configuration { name: "baseline", parameters: AnalysisReport::default() };
    let given = optimised != baseline.parameters;
    let chimera = Configuration { name: "chimera", parameters: optimised };
    match options.scenario {
        Scenario::BaselineVsChimera if given => Ok(vec![baseline, chimera]),
        Scenario::BaselineVsChimera => Ok(vec![baseline]),
        Scenario::ChimeraHomo if given => Ok(vec![chimera]),
        Scenario::ChimeraHomo => Err(Fault::new("--scenario", "`chimera_homo` needs at least one --chimera-… option")
            .hint("for instance --chimera-num-ctx 512")),
        Scenario::ChimeraHetero => {
            Err(Fault::new("--scenario", "`chimera_hetero` is of two agents; this command runs one")
                .hint("allowed here: baseline_vs_chimera, chimera_homo"))
        }
    }
}

pub(crate) fn all(programs: &[Program], configurations: &[Configuration], phases: &[Phase]) -> Vec<Arm> {
    let mut arms = Vec::new();
    for phase in phases {
        for configuration in configurations {
            for program in programs {
                arms.push(Arm { program: program.clone(), configuration: configuration.clone(), phase: *phase });
            }
        }
    }
    arms
}

/// Phase by phase, since a cold run leaves no warm model; inside a phase in an order of the round's own.
pub(crate) fn shuffled(arms: &[Arm], seed: u64, round: u32) -> Vec<&Arm> {
    let mut random = Random::new(&["order", "agent", &round.to_string()], seed);
    let mut order: Vec<&Arm> = arms.iter().collect();
    for place in (1..order.len()).rev() {
        order.swap(place, random.below(place as u64 + 1) as usize);
    }
    order.sort_by_key(|arm| arm.phase == Phase::Warm);
    order
}
