//! The run, the same on every runtime: both agents one after another, then both at once.

use std::env;
use std::sync::Arc;

use llm::base_url::{BaseUrl, WrongUrl};
use llm::failure::{Class, Failure};
use llm::limits::Limits;
use ollama_agent::prompts::Prompts;
use schema::fault::Fault;
use schema::mark::MarkName;
use schema::params::Mode;
use serde_json::json;
use task::{Run, Stop};
use tokio::sync::{Barrier, Semaphore};

use crate::TwoAgents;
use crate::agent::{Agent, Common, Round, Session};
use crate::outputs::{Outputs, Place};
use crate::runtime::Host;

const AGENTS: usize = 2;
/// Where the servers are and what models they have: `measure` starts them, or was told where they are.
const URLS: [&str; AGENTS] = ["FERROBENCH_LLM_URL", "FERROBENCH_LLM_2_URL"];
const MODELS: [&str; AGENTS] = ["FERROBENCH_LLM_MODEL", "FERROBENCH_LLM_2_MODEL"];
const BY_HAND: &str = "a study starts two servers and sets it; by hand: FERROBENCH_LLM_URL=http://127.0.0.1:11434 \
                       FERROBENCH_LLM_2_URL=http://127.0.0.1:11435 FERROBENCH_LLM_MODEL=NAME";

type Agents<S> = [Agent<S>; AGENTS];
type Rounds = [Round; AGENTS];

pub fn work<H: Host, S: Session>(run: &mut Run) -> Result<(), Stop> {
    let parameters: TwoAgents = run.hyperparameters()?;
    let options = parameters.options(run.seed())?;
    let servers = servers(&parameters)?;
    let tree = run.mark(MarkName::Load, |inputs| inputs.tree("corpus"))?;
    let common = Arc::new(Common {
        tree,
        prompts: Prompts::load(),
        canned_analysis: parameters.canned_analysis,
        permits: Semaphore::new(parameters.permits as usize),
        start: Barrier::new(AGENTS),
    });
    let ready = run.mark(MarkName::Setup, |_| {
        let host = H::start().map_err(|error| (0, Failure::new(Class::ServerUnreachable, error.to_string())))?;
        let limits = Limits::of_seconds(parameters.first_byte_s, parameters.idle_s, parameters.total_s);
        let mut agents = agents::<S>(servers, options, limits)?;
        let versions = host.run(versions(&mut agents))?;
        Ok((host, agents, versions))
    });
    let (host, mut agents, versions) = ready.map_err(|(agent, failure)| stopped(run, agent, "setup", &failure))?;
    run.fact("server_versions", versions.to_vec());
    run.fact("models", agents.each_ref().map(|agent| agent.model.clone()).to_vec());

    let mut outputs = Outputs::new(parameters.contention_ttft_s);
    for iteration in run.iterations() {
        if run.params().mode == Mode::Warm {
            agents = phase::<H, S>(run, &host, MarkName::Sequential, iteration, agents, &common, &mut outputs)?;
        }
        agents = phase::<H, S>(run, &host, MarkName::Concurrent, iteration, agents, &common, &mut outputs)?;
    }
    run.lines("exchanges", outputs.exchanges);
    run.lines("timings", outputs.timings);
    Ok(())
}

/// One round of each agent, under one mark.
fn phase<H: Host, S: Session>(
    run: &mut Run,
    host: &H,
    phase: MarkName,
    iteration: u32,
    agents: Agents<S>,
    common: &Arc<Common>,
    outputs: &mut Outputs,
) -> Result<Agents<S>, Stop> {
    let (agents, rounds) = run.mark_iteration(phase, iteration, || {
        host.run(async {
            if phase == MarkName::Sequential {
                alone::<H, S>(agents, common).await
            } else {
                together::<H, S>(agents, common).await
            }
        })
    });
    let counted = iteration >= run.params().warmup;
    for (agent, round) in (1..).zip(&rounds) {
        if let Some((during, failure)) = &round.failure {
            return Err(stopped(run, agent, during, failure));
        }
        run.fact("files", round.files);
        run.fact("left_out", json!(round.left_out));
        outputs.keep(Place { iteration, phase, agent }, counted, round);
    }
    Ok(agents)
}

/// As tasks of the runtime too, so that only being alone is what differs.
async fn alone<H: Host, S: Session>(agents: Agents<S>, common: &Arc<Common>) -> (Agents<S>, Rounds) {
    let [first, second] = agents;
    let (first, one) = H::task(one_round(first, Arc::clone(common))).await;
    if one.failure.is_some() {
        return ([first, second], [one, Round::default()]);
    }
    let (second, two) = H::task(one_round(second, Arc::clone(common))).await;
    ([first, second], [one, two])
}

/// Whatever becomes of one, the other comes to its own end.
async fn together<H: Host, S: Session>(agents: Agents<S>, common: &Arc<Common>) -> (Agents<S>, Rounds) {
    let [first, second] = agents.map(|agent| {
        let common = Arc::clone(common);
        H::task(async move {
            common.start.wait().await;
            one_round(agent, common).await
        })
    });
    let ((first, one), (second, two)) = (first.await, second.await);
    ([first, second], [one, two])
}

async fn one_round<S: Session>(mut agent: Agent<S>, common: Arc<Common>) -> (Agent<S>, Round) {
    let round = agent.round(&common).await;
    (agent, round)
}

/// The number of the agent that it went wrong with, and how.
type Unready = (u32, Failure);

fn agents<S: Session>(
    servers: [(BaseUrl, String); AGENTS],
    options: [llm::message::Options; AGENTS],
    limits: Limits,
) -> Result<Agents<S>, Unready> {
    let [(first, model), (second, model_2)] = servers;
    let [options, options_2] = options;
    let session = |number, base| S::connect(base, limits).map_err(|failure| (number, failure));
    Ok([
        Agent { number: 1, session: session(1, first)?, model, options },
        Agent { number: 2, session: session(2, second)?, model: model_2, options: options_2 },
    ])
}

async fn versions<S: Session>(agents: &mut Agents<S>) -> Result<[String; AGENTS], Unready> {
    let mut versions = [String::new(), String::new()];
    for (agent, version) in agents.iter_mut().zip(&mut versions) {
        *version = agent.session.version().await.map_err(|failure| (agent.number, failure))?;
    }
    Ok(versions)
}

fn servers(parameters: &TwoAgents) -> Result<[(BaseUrl, String); AGENTS], Stop> {
    let told = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let missing = |name: &str, what: &str| Fault::new(name, format!("is not set, and {what}")).hint(BY_HAND);
    let url = |name: &str| -> Result<BaseUrl, Fault> {
        let url = told(name).ok_or_else(|| missing(name, "two agents need two servers"))?;
        url.parse().map_err(|error: WrongUrl| Fault::new(name, error.to_string()))
    };
    let model = parameters.model.clone().or_else(|| told(MODELS[0]));
    let model = model.ok_or_else(|| missing(MODELS[0], "`model` is null"))?;
    let model_2 = parameters.model_2.clone().or_else(|| told(MODELS[1])).unwrap_or_else(|| model.clone());
    Ok([(url(URLS[0])?, model), (url(URLS[1])?, model_2)])
}

/// A run that did not get its answers is a failed one, whatever had arrived; that stays as a fact.
fn stopped(run: &mut Run, agent: u32, during: &str, failure: &Failure) -> Stop {
    let partial = &*failure.partial;
    run.fact("failed", json!({"agent": agent, "during": during, "class": failure.class, "partial": partial}));
    Stop::Failed(format!("{}: agent {agent}: {}", failure.class, failure.message))
}
