//! A program of known cost and known misbehaviour, to measure the measuring with.
//!
//! `known_load sleep MS`, `known_load burn MS`, `known_load touch MIB` do just that. With
//! `--behaviour NAME` before the protocol's flags it is a task that behaves well or badly.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use datasets::npy;
use measure::clock::{monotonic_ns, own_cpu_ns};
use schema::id::Id;
use schema::mark::{Mark, MarkName};
use schema::outcome::{Artifact, Outcome, OutcomeStatus};
use schema::params::Params;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["sleep", milliseconds] => number(milliseconds).map(|time| std::thread::sleep(Duration::from_millis(time))),
        ["burn", milliseconds] => number(milliseconds).map(burn),
        ["touch", mebibytes] => number(mebibytes).map(touch),
        ["--behaviour", behaviour, "--params", params, "--data", _, "--out", out, "--seed", seed] => {
            return act(behaviour, params, out, seed).unwrap_or_else(|error| {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            });
        }
        _ => Err("usage: known_load sleep|burn MS, touch MIB, or --behaviour NAME and a task's flags".into()),
    };
    schema::fault::exit_code(done)
}

fn number(text: &str) -> Result<u64, Failure> {
    Ok(text.parse()?)
}

/// Until the process itself has used so much CPU time, whatever else runs.
fn burn(milliseconds: u64) {
    while own_cpu_ns() < milliseconds * 1_000_000 {
        std::hint::spin_loop();
    }
}

fn touch(mebibytes: u64) {
    let bytes = vec![1_u8; (mebibytes << 20) as usize];
    std::hint::black_box(&bytes);
}

fn act(behaviour: &str, params: &str, out: &str, seed: &str) -> Result<ExitCode, Failure> {
    let params: Params = schema::document::read(Path::new(params))?;
    let out = PathBuf::from(out);
    match behaviour {
        "hang" => loop {
            std::thread::sleep(Duration::from_hours(1));
        },
        "hang_stubbornly" => {
            // sh ignores the signal for itself and for what it executes.
            Err(Command::new("/bin/sh").args(["-c", "trap '' TERM; exec /bin/sleep 3600"]).exec().into())
        }
        "flood" => {
            let piece = vec![b'y'; 1 << 20];
            (0..2048).try_for_each(|_| std::io::stdout().write_all(&piece))?;
            finish(&params, &out, seed, |_| ())
        }
        "grandchildren" => {
            let escape = "setsid /bin/sleep 3600 & /bin/sleep 3600 &";
            Command::new("/bin/sh").args(["-c", escape]).status()?;
            finish(&params, &out, seed, |_| ())
        }
        "hog" => {
            touch(1024);
            finish(&params, &out, seed, |_| ())
        }
        "no_outcome" => Ok(ExitCode::SUCCESS),
        "killed" => {
            let own = std::process::id().to_string();
            Command::new("/bin/sh").args(["-c", "kill -KILL \"$1\"", "sh", &own]).status()?;
            Ok(ExitCode::FAILURE)
        }
        "crash" => Err("the third layer is missing".into()),
        "bad_input" => {
            eprintln!("error: params.json: `alpha`: -1 is not allowed");
            Ok(ExitCode::from(2))
        }
        "skip" => {
            eprintln!("error: no such device here");
            Ok(ExitCode::from(3))
        }
        "impossible_marks" => finish(&params, &out, seed, |outcome| outcome.marks[0].start_ns = 1),
        "wrong_seed" => finish(&params, &out, seed, |outcome| outcome.seed += 1),
        "wrong_digest" => finish(&params, &out, seed, |outcome| outcome.artifacts[0].sha256 = "0".repeat(64)),
        "diverged" => finish_with(&params, &out, seed, &[1.0, f64::INFINITY], |_| ()),
        "slow" => {
            // Longer than the kernel's counters need to tell a share of it.
            std::thread::sleep(Duration::from_millis(250));
            finish(&params, &out, seed, |_| ())
        }
        _ => finish(&params, &out, seed, |_| ()),
    }
}

/// A good run's end, but for what `spoil` does to it.
fn finish(params: &Params, out: &Path, seed: &str, spoil: impl FnOnce(&mut Outcome)) -> Result<ExitCode, Failure> {
    finish_with(params, out, seed, &[1.0, 2.0], spoil)
}

fn finish_with(
    params: &Params,
    out: &Path,
    seed: &str,
    predictions: &[f64],
    spoil: impl FnOnce(&mut Outcome),
) -> Result<ExitCode, Failure> {
    let marks = (0..params.warmup + params.iterations).map(|iteration| {
        let start_ns = monotonic_ns();
        std::thread::sleep(Duration::from_millis(1));
        Mark { name: MarkName::Fit, iteration, start_ns, end_ns: monotonic_ns() }
    });
    let mut outcome = Outcome {
        protocol: params.protocol.clone(),
        run_id: params.run_id.clone(),
        status: OutcomeStatus::Done,
        reason: None,
        seed: seed.parse()?,
        marks: marks.collect(),
        versions: BTreeMap::new(),
        artifacts: vec![output(out, predictions)?],
        facts: BTreeMap::new(),
    };
    spoil(&mut outcome);
    schema::document::write(&out.join("outcome.json"), &outcome)?;
    Ok(ExitCode::SUCCESS)
}

fn output(out: &Path, values: &[f64]) -> Result<Artifact, Failure> {
    let path = "outputs/predictions.npy";
    std::fs::create_dir_all(out.join("outputs"))?;
    let shape = vec![values.len() as u64];
    npy::write(&out.join(path), &npy::Array { shape: shape.clone(), values: values.to_vec() })?;
    let bytes = std::fs::metadata(out.join(path))?.len();
    let sha256 = schema::digest::of_file(&out.join(path))?;
    Ok(Artifact { name: Id::new("predictions")?, path: Some(path.to_owned()), shape, bytes, sha256 })
}
