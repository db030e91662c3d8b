//! What runs beside the runs: a server of the person's, asked now whether it is there, or the embedded one.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use llm::model_server::{self, ModelServer, OLLAMA};
use schema::SCHEMA_VERSION;
use schema::fault::{Fault, Faults};
use schema::fingerprint::Fingerprint;
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::{SelectedTask, ServedBy, ServiceRequest};

use crate::sources::Workspace;

/// Small enough to answer at once on any machine.
const SHAPE: &str = "llama-tiny";
const SEED: u64 = 7;
const PACKAGE: &str = "llm-server";
/// Where nothing is measured a model would only take time: reading the corpus takes one seconds a call.
const SCRIPTED_TOKENS: u32 = 24;

/// A service that a task may name, and where it is by default once --model is given.
struct Known {
    name: &'static str,
    option: &'static str,
    url: fn(&RunOptions) -> Option<&str>,
    usual: &'static str,
}

const KNOWN: [Known; 2] = [
    Known { name: "llm", option: "--ollama_url", url: |options| options.ollama_url.as_deref(), usual: OLLAMA },
    Known {
        name: "llm_2",
        option: "--ollama_url_2",
        url: |options| options.ollama_url_2.as_deref(),
        usual: "http://127.0.0.1:11435",
    },
];

/// What the embedded server is built for.
pub(crate) struct Build<'a> {
    pub(crate) root: &'a Path,
    pub(crate) target_cpu: &'a str,
    pub(crate) fingerprint: &'a Fingerprint,
    pub(crate) measures: bool,
}

/// One request for each service that the chosen tasks need, in the order of their names.
pub(crate) fn requests(
    tasks: &[SelectedTask],
    options: &RunOptions,
    build: &Build<'_>,
    faults: &mut Faults,
) -> Result<Vec<ServiceRequest>> {
    let needed: BTreeSet<(&Id, &Id)> =
        tasks.iter().flat_map(|task| task.spec.services.iter().map(|name| (name, &task.spec.task))).collect();
    let mut requests: Vec<ServiceRequest> = Vec::new();
    for (name, task) in needed {
        if requests.last().is_some_and(|last| last.service == *name) {
            continue;
        }
        let Some(known) = KNOWN.iter().find(|known| name.as_str() == known.name) else {
            let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
            let what = format!("task `{task}` needs the service `{name}`, which nothing provides");
            faults.push(Fault::new("", what).hint(format!("known: {}", names.join(", "))));
            continue;
        };
        match known.attached(options) {
            None => requests.push(embedded(name, options, build)?),
            Some(Ok(request)) => requests.push(request),
            Some(Err(fault)) => faults.push(fault),
        }
    }
    Ok(requests)
}

impl Known {
    /// None where neither a server nor a model was named.
    fn attached(&self, options: &RunOptions) -> Option<Result<ServiceRequest, Fault>> {
        let names_a_server = KNOWN.iter().any(|known| (known.url)(options).is_some());
        let model = options.model.as_deref();
        if !names_a_server && model.is_none() {
            return None;
        }
        let names = model_server::Options { url: self.option, model: "--model" };
        let found = ModelServer::find((self.url)(options).unwrap_or(self.usual), model, names);
        Some(found.and_then(|server| {
            let how = ServedBy::Attached { url: server.url.to_string(), model: server.model, version: server.version };
            let service = Id::new(self.name).map_err(|error| Fault::new("", error.to_string()))?;
            Ok(ServiceRequest { schema_version: SCHEMA_VERSION.to_owned(), service, how, source_digest: String::new() })
        }))
    }
}

fn embedded(name: &Id, options: &RunOptions, build: &Build<'_>) -> Result<ServiceRequest> {
    let profile = options.build_profile.clone();
    let workspace = Workspace::read(build.root)?;
    let mut sources = workspace.of_program(PACKAGE)?;
    sources.say("profile", &profile);
    sources.say("target_cpu", build.target_cpu);
    if build.target_cpu == "native" {
        sources.say("cpu_model", &build.fingerprint.cpu_model);
    }
    let source_digest = sources.digest();
    let target_cpu = build.target_cpu.to_owned();
    let how = if build.measures {
        ServedBy::Embedded { profile, target_cpu, shape: SHAPE.to_owned(), seed: SEED }
    } else {
        ServedBy::Scripted { profile, target_cpu, tokens: SCRIPTED_TOKENS }
    };
    Ok(ServiceRequest { schema_version: SCHEMA_VERSION.to_owned(), service: name.clone(), how, source_digest })
}
