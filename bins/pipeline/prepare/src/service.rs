//! `prepare service`: the server of a model, built with a model forged for it, or the program that stands for
//! a server of the person's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use schema::block::Service;
use schema::fault::Fault;
use schema::files::{cannot, create_folder, state_folder};
use schema::id::Id;
use schema::implementation::FileDigest;
use schema::selection::{ServedBy, ServiceRequest};
use schema::{document, executables};

use crate::build::cargo::{self, Wanted};
use crate::{Paths, program};

const SERVER: &str = "llm-server";

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// The executable that stands for a server elsewhere.
    #[arg(long)]
    attach: PathBuf,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let request: ServiceRequest = document::read(&options.paths.request)?;
    let name = request.service.clone();
    let service = match &request.how {
        ServedBy::Attached { url, model, .. } => attached(root, name, &options.attach, url, model)?,
        ServedBy::Embedded { profile, target_cpu, shape, seed } => {
            let program = built(root, &name, profile, target_cpu, &options.paths.out)?;
            embedded(root, name, program, (shape, *seed), &options.paths.out)?
        }
        ServedBy::Scripted { profile, target_cpu, tokens } => {
            scripted(name, built(root, &request.service, profile, target_cpu, &options.paths.out)?, *tokens)
        }
    };
    document::write(&options.paths.out.join(format!("{}.json", request.service)), &service)?;
    Ok(())
}

fn attached(root: &Path, name: Id, attach: &Path, url: &str, model: &str) -> Result<Service, Fault> {
    let program = executables::store(root, attach, "attach")?;
    let argv = [program.path.as_str(), "--url", url, "--model", model].map(str::to_owned).to_vec();
    Ok(Service { name, argv, env: BTreeMap::new(), files: vec![program] })
}

fn built(root: &Path, name: &Id, profile: &str, target_cpu: &str, out: &Path) -> Result<FileDigest, Fault> {
    let wanted = Wanted { package: SERVER, feature: None, profile, target_cpu };
    let log = out.join(format!("{name}.build.log"));
    let built = cargo::program(root, SERVER, &wanted, &out.join(format!(".{name}.messages")), &log);
    let built = built.map_err(|problem| Fault::new(SERVER, problem.0).hint(format!("all of it: {}", log.display())))?;
    executables::store(root, &built, SERVER)
}

/// Times that no client can miss, and that a study which measures nothing need not wait for.
fn scripted(name: Id, program: FileDigest, tokens: u32) -> Service {
    let tokens = tokens.to_string();
    let words = ["--tokens", &tokens, "--load-ms", "5", "--first-token-ms", "2", "--gap-ms", "1", "--end-with-stdin"];
    let argv = [program.path.as_str()].into_iter().chain(words).map(str::to_owned).collect();
    Service { name, argv, env: BTreeMap::new(), files: vec![program] }
}

fn embedded(
    root: &Path,
    name: Id,
    program: FileDigest,
    (shape, seed): (&str, u64),
    out: &Path,
) -> Result<Service, Fault> {
    let model = forge(root, &program, shape, seed, out)?;
    let folder = model.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    let files = files.map(|file| executables::digest_of(root, &folder.join(file)));
    let argv = [
        program.path.clone(),
        "--model".to_owned(),
        format!("{shape}={}", folder.display()),
        "--end-with-stdin".to_owned(),
    ];
    let files: Vec<FileDigest> = files.into_iter().collect::<Result<_, _>>()?;
    Ok(Service { name, argv: argv.to_vec(), env: BTreeMap::new(), files: [vec![program], files].concat() })
}

/// The model's weights, made where they are missing. The folder is named by the program that made them too:
/// another one may make others.
fn forge(root: &Path, program: &FileDigest, shape: &str, seed: u64, out: &Path) -> Result<PathBuf, Fault> {
    let folder = state_folder(root).join("models").join(format!("{shape}-{seed}-{}", &program.sha256[..16]));
    let weights = folder.join("model.safetensors");
    // Written last, and whole.
    if weights.is_file() {
        return Ok(weights);
    }
    create_folder(&folder)?;
    let mut command = Command::new(root.join(&program.path));
    command.args(["forge", "--shape", shape, "--seed", &seed.to_string(), "--out"]).arg(&folder);
    let (said, log) = (out.join(".forge.out"), out.join(".forge.log"));
    let status = program::run(&mut command, &said, &log, None)?;
    if status.is_some_and(|status| status.success()) {
        return Ok(weights);
    }
    let why = program::last_error(&log);
    std::fs::remove_dir_all(&folder).map_err(|error| cannot("remove", &folder, &error))?;
    Err(Fault::new(folder.display().to_string(), format!("{SERVER} could not forge the model: {why}")))
}
