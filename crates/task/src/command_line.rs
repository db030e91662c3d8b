//! The flags: the protocol's own, and plain ones for a person.

use std::fmt::Write;
use std::path::PathBuf;

use schema::config::Splitting;
use schema::fault::{Fault, nearest};
use schema::task::TaskSpec;
use serde_json::{Map, Value};

use crate::{Program, Stop};

pub enum Command {
    Describe,
    Help,
    Protocol(ProtocolFlags),
    Direct(Choice),
}

/// One run by order of `measure`.
pub struct ProtocolFlags {
    pub params: PathBuf,
    pub data: PathBuf,
    pub out: PathBuf,
    pub seed: u64,
}

/// One run by order of a person: everything not said is the task's default.
#[derive(Default)]
pub struct Choice {
    pub(crate) algorithm: Option<String>,
    pub(crate) dataset: Option<String>,
    pub(crate) threads: Option<u32>,
    pub(crate) mode: Option<String>,
    pub(crate) split: Option<String>,
    pub(crate) iterations: Option<u32>,
    pub(crate) seed: Option<u64>,
    /// Every other flag, as text: the hyperparameters.
    pub(crate) hyperparameters: Vec<(String, String)>,
}

const PROTOCOL_FLAGS: [&str; 4] = ["params", "data", "out", "seed"];

pub(crate) fn parse(program: &Program, arguments: impl Iterator<Item = String>) -> Result<Command, Stop> {
    let mut flags: Vec<(String, String)> = Vec::new();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--describe" => return Ok(Command::Describe),
            "--help" | "-h" => return Ok(Command::Help),
            _ => {}
        }
        let Some(name) = argument.strip_prefix("--").filter(|name| !name.is_empty()) else {
            return Err(Fault::new("", format!("unexpected word `{argument}`")).hint("--help lists the flags").into());
        };
        let (name, value) = if let Some((name, value)) = name.split_once('=') {
            (name.to_owned(), value.to_owned())
        } else {
            let missing = || Fault::new(format!("--{name}"), "needs a value").hint("--help lists the flags");
            (name.to_owned(), arguments.next().ok_or_else(missing)?)
        };
        if flags.iter().any(|(earlier, _)| *earlier == name) {
            return Err(Fault::new(format!("--{name}"), "given twice").into());
        }
        flags.push((name, value));
    }
    if flags.iter().any(|(name, _)| name == "params") { protocol(&flags) } else { direct(program, flags) }
}

fn protocol(flags: &[(String, String)]) -> Result<Command, Stop> {
    if let Some((name, _)) = flags.iter().find(|(name, _)| !PROTOCOL_FLAGS.contains(&name.as_str())) {
        return Err(Fault::new(
            format!("--{name}"),
            "not allowed beside --params; what is run stands in the params file",
        )
        .hint("the protocol's flags are --params, --data, --out, --seed")
        .into());
    }
    let value = |name: &str| {
        let found = flags.iter().find(|(flag, _)| flag == name).map(|(_, value)| value.clone());
        found.ok_or_else(|| {
            Fault::new(format!("--{name}"), "missing; the protocol needs --params, --data, --out, --seed")
        })
    };
    Ok(Command::Protocol(ProtocolFlags {
        params: value("params")?.into(),
        data: value("data")?.into(),
        out: value("out")?.into(),
        seed: number("seed", &value("seed")?)?,
    }))
}

fn direct(program: &Program, flags: Vec<(String, String)>) -> Result<Command, Stop> {
    let mut choice = Choice::default();
    for (name, value) in flags {
        match name.as_str() {
            "algorithm" => choice.algorithm = Some(value),
            "dataset" => choice.dataset = Some(value),
            "threads" => choice.threads = Some(number("threads", &value)?),
            "mode" => choice.mode = Some(value),
            "split" => choice.split = Some(value),
            "iterations" => choice.iterations = Some(number("iterations", &value)?),
            "seed" => choice.seed = Some(number("seed", &value)?),
            _ => choice.hyperparameters.push((name, value)),
        }
    }
    check_names(&(program.task)(), &choice)?;
    Ok(Command::Direct(choice))
}

/// A flag that neither every run nor any algorithm knows is a mistake in typing.
fn check_names(task: &TaskSpec, choice: &Choice) -> Result<(), Stop> {
    let mut known = vec!["algorithm", "dataset", "threads", "mode", "split", "iterations", "seed", "describe", "help"];
    known.extend(task.algorithms.values().flat_map(|algorithm| schema::defaults::names(&algorithm.parameters)));
    for (name, _) in &choice.hyperparameters {
        if !known.contains(&name.as_str()) {
            let fault = Fault::new(format!("--{name}"), "unknown flag");
            let hint = nearest(name, known.iter().copied())
                .map_or_else(|| "--help lists the flags".to_owned(), |near| format!("did you mean `--{near}`?"));
            return Err(fault.hint(hint).into());
        }
    }
    Ok(())
}

fn number<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, Stop> {
    text.parse()
        .map_err(|_| Fault::new(format!("--{flag}"), format!("`{text}` is no whole number that fits here")).into())
}

pub(crate) fn help(program: &Program) -> String {
    let task = (program.task)();
    let mut text = String::new();
    let name = program.implementation;
    let _ = write!(
        text,
        "{name}: {}\n\n\
         usage: {name} --dataset NAME [--algorithm NAME] [--HYPERPARAMETER VALUE]... [flags]\n       \
         {name} --params P.json --data DIR --out DIR --seed N   (the task protocol, bins/README.md)\n       \
         {name} --describe\n\n\
         flags\n  \
         --dataset NAME     a prepared dataset: {}\n  \
         --algorithm NAME   one of: {}\n  \
         --threads N        threads to use (default 1)\n  \
         --mode MODE        cold or warm (default {})\n  \
         --split NAME       {}\n  \
         --iterations N     counted iterations of a warm run (default {})\n  \
         --seed N           the run's seed (default 0)\n",
        task.summary,
        task.datasets.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", "),
        program.algorithms.join(", "),
        if task.smoke.mode == schema::params::Mode::Warm { "warm" } else { "cold" },
        task.split.map_or("holdout or cv5 (default holdout)", Splitting::name),
        task.smoke.iterations,
    );
    for algorithm in program.algorithms {
        let found = task.algorithms.iter().find(|(id, _)| id.as_str() == *algorithm);
        let Some((_, entry)) = found else { continue };
        let _ = write!(text, "\nhyperparameters of {algorithm}: {}\n", entry.summary);
        for (name, schema) in entry.parameters.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let _ = writeln!(text, "  --{name} {}", parameter(schema));
        }
    }
    text.trim_end().to_owned()
}

/// `NUMBER (default 1.0, at least 0)  what it does`.
fn parameter(schema: &Value) -> String {
    let empty = Map::new();
    let schema = schema.as_object().unwrap_or(&empty);
    let word = |key: &str| schema.get(key).map(ToString::to_string);
    let mut facts = vec![format!("default {}", word("default").unwrap_or_else(|| "none".to_owned()))];
    facts.extend(word("minimum").map(|least| format!("at least {least}")));
    facts.extend(word("exclusiveMinimum").map(|bound| format!("above {bound}")));
    facts.extend(word("maximum").map(|most| format!("at most {most}")));
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("value").to_uppercase();
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
    format!("{kind} ({})  {about}", facts.join(", "))
}
