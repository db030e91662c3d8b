//! What one run is given: its params, its command, its variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use schema::PROTOCOL;
use schema::block::{Arm, Block, PlannedRun};
use schema::files::from_root;
use schema::params::Params;

pub(crate) fn params(block: &Block, arm: &Arm, run: &PlannedRun) -> Params {
    let cell = &block.cell;
    Params {
        protocol: PROTOCOL.to_owned(),
        run_id: run.run_id.clone(),
        task: cell.task.clone(),
        algorithm: cell.algorithm.clone(),
        hyperparameters: cell.hyperparameters.clone(),
        dataset: cell.dataset.clone(),
        split: cell.split.clone(),
        device: cell.device,
        threads: cell.threads,
        mode: cell.mode,
        warmup: cell.warmup,
        iterations: cell.iterations,
        work: cell.work.clone(),
        capture: cell.capture,
        slow_percent: arm.facts.slow_percent,
    }
}

/// A program that is named relative to the checkout is started from there, since the run has a
/// working folder of its own.
pub(crate) fn argv(root: &Path, block: &Block, arm: &Arm, run: &PlannedRun, folder: &Path) -> Vec<OsString> {
    let (program, rest) = arm.argv.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let program = if program.contains('/') { from_root(root, program).into() } else { OsString::from(program) };
    let mut argv = vec![program];
    argv.extend(rest.iter().map(OsString::from));
    let flags: [(&str, OsString); 4] = [
        ("--params", folder.join("params.json").into()),
        ("--data", from_root(root, &block.data.folder).into()),
        ("--out", folder.join("out").into()),
        ("--seed", run.seed.to_string().into()),
    ];
    argv.extend(flags.into_iter().flat_map(|(flag, value)| [flag.into(), value]));
    argv
}

/// Everything that the run sees of an environment: nothing is inherited.
pub(crate) fn variables(block: &Block, arm: &Arm, run: &PlannedRun, folder: &Path) -> BTreeMap<String, String> {
    let home = folder.display().to_string();
    let mut variables: BTreeMap<String, String> = [
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("HOME", home.clone()),
        ("TMPDIR", home),
        ("LANG", "C.UTF-8".to_owned()),
        ("PYTHONHASHSEED", run.hash_seed.to_string()),
        ("FERROBENCH_PADDING", "x".repeat(run.env_padding_bytes as usize)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    variables.extend(arm.threads_env.iter().map(|name| (name.clone(), block.cell.threads.to_string())));
    variables.extend(arm.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    variables
}

/// The same run once more, under an id of its own.
pub(crate) fn again(run: &PlannedRun, repeat: u32) -> PlannedRun {
    PlannedRun { run_id: format!("{}_again{repeat}", run.run_id), ..run.clone() }
}

/// The name of a run's working folder, of the planned length: the length of paths can shift the
/// layout of a process's memory, so it is shuffled and recorded (STATS 2.2).
pub(crate) fn folder_name(number: usize, length: u32) -> String {
    let name = format!("r{number}");
    let padding = (length as usize).min(200).saturating_sub(name.len());
    name + &"_".repeat(padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_have_the_planned_length_and_stay_apart() {
        assert_eq!(folder_name(7, 10), "r7________");
        assert_eq!(folder_name(17, 10).len(), 10);
        assert_ne!(folder_name(1, 10), folder_name(11, 10));
        assert_eq!(folder_name(12345, 3), "r12345");
    }
}
