//! `prepare build`: one implementation made ready to start, and what it says of itself. One that
//! cannot be built, or is not what was asked for, is left out with its reason; the rest goes on.

pub(crate) mod cargo;
mod command;
mod describe;
mod facts;
mod python;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use schema::document;
use schema::fault::{Fault, visible};
use schema::implementation::{BuildRequest, FileDigest, How, Implementation, ImplementationFacts};
use schema::{SCHEMA_VERSION, files};

/// What every way of building comes to.
struct Ready {
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    files: Vec<FileDigest>,
    env_digest: Option<String>,
    facts: ImplementationFacts,
}

/// Why an implementation is left out, in one line.
pub(crate) struct Problem(pub(crate) String);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let hint = fault.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
        let place = if fault.place.is_empty() { String::new() } else { format!("{}: ", fault.place) };
        Self(format!("{place}{}{hint}", fault.what))
    }
}

/// Where a build finds and leaves things.
struct Place<'a> {
    root: &'a Path,
    /// The whole of what a build printed.
    log: &'a Path,
    /// For files that are needed only while this step runs.
    scratch: &'a Path,
}

pub(crate) fn run(root: &Path, request: &Path, out: &Path) -> Result<()> {
    let request: BuildRequest = document::read(request)?;
    let log = out.join(format!("{}.build.log", request.implementation));
    let scratch = out.join(format!(".{}.scratch", request.implementation));
    files::create_folder(&scratch)?;
    let place = Place { root, log: &log, scratch: &scratch };
    let mut implementation = Implementation {
        schema_version: SCHEMA_VERSION.to_owned(),
        implementation: request.implementation.clone(),
        task: request.task.clone(),
        language: request.language,
        argv: Vec::new(),
        env: BTreeMap::new(),
        files: Vec::new(),
        env_digest: None,
        describe: None,
        facts: ImplementationFacts::default(),
        problem: None,
    };
    if let Err(Problem(problem)) = complete(&mut implementation, &request, &place) {
        let problem = visible(&problem);
        eprintln!("warning: {} is left out: {problem}", request.implementation);
        implementation.problem = Some(problem);
    }
    keep(root, &implementation)?;
    std::fs::remove_dir_all(&scratch).map_err(|error| files::cannot("remove", &scratch, &error))?;
    document::write(&out.join(format!("{}.json", request.implementation)), &implementation)?;
    Ok(())
}

/// For `ferrobench plan`, which asks nobody what an implementation can do: the last that is known.
fn keep(root: &Path, implementation: &Implementation) -> Result<(), Fault> {
    let folder = files::state_folder(root).join("implementations");
    files::create_folder(&folder)?;
    document::write(&folder.join(format!("{}.json", implementation.implementation)), implementation)
}

fn complete(implementation: &mut Implementation, request: &BuildRequest, place: &Place) -> Result<(), Problem> {
    let ready = match &request.how {
        How::Cargo { package, profile, target_cpu } => cargo::build(
            place,
            &request.implementation,
            &cargo::Wanted { package, feature: Some(&request.implementation), profile, target_cpu },
        )?,
        How::Python { script, env_digest } => python::ready(place.root, &request.task, script, env_digest)?,
        How::Command { argv, build, env } => command::ready(place, argv, build.as_deref(), env)?,
    };
    implementation.argv = ready.argv;
    implementation.env = ready.env;
    implementation.files = ready.files;
    implementation.env_digest = ready.env_digest;
    implementation.facts = ready.facts;
    let described = describe::ask(&implementation.argv, &implementation.env, place.scratch)?;
    describe::check(&described, request)?;
    implementation.describe = Some(described);
    Ok(())
}
