//! Phase 4: measures one block, or finds it measured already.

mod attempt;
mod beside;
mod environment;
mod inputs;
mod looks;
mod order;
mod progress;
mod run;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use measure::fingerprint;
use measure::interrupt::{Interrupted, Interrupts};
use measure::lock::{self, HostLock, LockError};
use measure::store::{self, Found, Store};
use schema::fault::{Fault, visible};
use schema::files;
use schema::manifest::Manifest;

use crate::attempt::{Attempt, Context};
use crate::progress::Progress;

/// Measures one block: every arm once a round, in the planned order, one run at a time on this host.
///
/// Ends with 0 when the block is measured (failed runs are records and no error), 2 on bad input,
/// 75 when this machine is not the one that the block was planned for, 128 and the signal's number
/// when it was interrupted.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The checkout.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The block file.
    #[arg(long, value_name = "FILE")]
    block: PathBuf,
    /// Where the finished block's folder is put.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Measure again what the block store already holds.
    #[arg(long)]
    fresh: bool,
    /// Start at once, however busy the machine is; such runs are marked.
    #[arg(long)]
    no_wait: bool,
    /// Measure nothing: make sure that the block's folder in OUT is whole, from the store where it is not.
    #[arg(long, conflicts_with_all = ["fresh", "no_wait"])]
    mend: bool,
    /// The host-wide lock. Another file than the default gives up that only one run is measured at a time.
    #[arg(long, value_name = "FILE", default_value = lock::HOST_WIDE, hide = true)]
    lock: PathBuf,
}

/// Why a block was not finished, other than by bad input.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error("interrupted by signal {}; started again, the block is measured from its first run", .0.signal)]
    Interrupted(Interrupted),
    #[error("this machine is not the one that the block was planned for: {0}")]
    WrongMachine(String),
}

type Failure = Box<dyn Error + Send + Sync>;

/// `EX_TEMPFAIL` of sysexits.h: nothing is wrong with the input, try again elsewhere.
const WRONG_MACHINE: u8 = 75;

fn main() -> ExitCode {
    let failure = match run(&Options::parse()) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failure) => failure,
    };
    let code = match failure.downcast_ref::<Stop>() {
        Some(Stop::Interrupted(interrupted)) => ExitCode::from(128 + interrupted.signal),
        Some(Stop::WrongMachine(_)) => ExitCode::from(WRONG_MACHINE),
        None => return schema::fault::exit_code(Err(failure)),
    };
    eprintln!("error: {}", visible(&failure.to_string()));
    code
}

fn run(options: &Options) -> Result<(), Failure> {
    let interrupts = Interrupts::take()?;
    let root = match &options.root {
        Some(root) => std::fs::canonicalize(root).map_err(|error| files::cannot("open", root, &error))?,
        None => files::project_root(Path::new("."))?,
    };
    let (block, key) = inputs::read_block(&options.block)?;
    let store = Store::new(&root, &key);
    let progress = Progress::open(&root, &block.cell.label)?;
    if options.mend {
        return mend(&store, &options.out.join(block.block_id.as_str()), &options.out, &progress);
    }
    if let Some(manifest) = (!options.fresh).then(|| finished(&store)).flatten() {
        return hand_over(&store, &manifest, &options.out, &progress, "found in the store, measured before");
    }
    let purpose = format!("study {}, block {}", block.study, block.block_id);
    let wait = |path: &Path| wait_for_lock(path, &purpose, &interrupts, &progress);
    let _block_lock = wait(&store.lock_file()?)?;
    let Some(lock) = wait(&options.lock)? else {
        return Err(Fault::new(options.lock.display().to_string(), "lies where no file can be locked").into());
    };
    match store.look() {
        // An orphan of an earlier launch may have finished it meanwhile.
        Found::Finished(manifest) if !options.fresh => {
            return hand_over(&store, &manifest, &options.out, &progress, "found in the store, just measured");
        }
        Found::Damaged(faults) => {
            let place = store.set_aside()?;
            progress.say(&format!("the stored block is damaged, set aside in {} and measured again", place.display()));
            faults.0.iter().for_each(|fault| progress.say(&fault.to_string()));
        }
        Found::Finished(_) | Found::Nothing => {}
    }
    let context = Context {
        root: &root,
        block: &block,
        block_file: &options.block,
        store: &store,
        lock: &lock,
        interrupts: &interrupts,
        progress: &progress,
        no_wait: options.no_wait,
    };
    let summary = measure_block(&context)?;
    let Some(manifest) = finished(&store) else {
        return Err(Fault::new(store.finished_folder().display().to_string(), "is not as it was just written").into());
    };
    hand_over(&store, &manifest, &options.out, &progress, &summary)
}

/// A copy in the work folder may have been damaged since: it is made again from the store, and where the
/// store cannot, it is removed, so that the next launch asks for the block again.
fn mend(store: &Store, copy: &Path, out: &Path, progress: &Progress) -> Result<(), Failure> {
    let Err(damage) = store::verify(copy, store.key()) else { return Ok(()) };
    damage.0.iter().for_each(|fault| progress.say(&fault.to_string()));
    if let Some(manifest) = finished(store) {
        store.copy_to(&manifest, out)?;
        progress.say("the damaged copy was made again from the block store");
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(copy);
    let fault = Fault::new(copy.display().to_string(), "was damaged, and the block store has it no more; removed");
    Err(fault.hint("start again: the block is measured anew").into())
}

fn finished(store: &Store) -> Option<Manifest> {
    match store.look() {
        Found::Finished(manifest) => Some(manifest),
        Found::Damaged(_) | Found::Nothing => None,
    }
}

/// None where the file system has no locks, as some that several machines share.
fn wait_for_lock(
    path: &Path,
    purpose: &str,
    interrupts: &Interrupts,
    progress: &Progress,
) -> Result<Option<HostLock>, Failure> {
    match lock::take(path, purpose, interrupts, &mut |line| progress.say(line)) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Interrupted(interrupted)) => Err(Stop::Interrupted(interrupted).into()),
        Err(LockError::File(error)) if lock::unsupported(&error) => Ok(None),
        Err(LockError::File(error)) => Err(files::cannot("lock", path, &error).into()),
    }
}

/// Gives back the line that sums up what was measured.
fn measure_block(context: &Context<'_>) -> Result<String, Failure> {
    inputs::verify(context.root, context.block)?;
    let probed = fingerprint::probe();
    let difference = inputs::difference(&context.block.fingerprint, &probed);
    let mut attempt = Attempt::begin(context, probed)?;
    if let Some(difference) = difference {
        attempt.record_wrong_machine(&difference)?;
        return Err(Stop::WrongMachine(difference).into());
    }
    attempt.run_all()?;
    Ok(attempt.finish()?)
}

/// The copy for the caller, and the one line on stdout.
fn hand_over(
    store: &Store,
    manifest: &Manifest,
    out: &Path,
    progress: &Progress,
    summary: &str,
) -> Result<(), Failure> {
    store.copy_to(manifest, out)?;
    progress.note(summary);
    let line = format!("{}: {summary}", visible(progress.label()));
    writeln!(std::io::stdout().lock(), "{line}")
        .map_err(|error| files::cannot("write", Path::new("stdout"), &error))?;
    Ok(())
}
