//! The launcher: a program so small that a run's high-water mark of memory is its own.
//!
//! The kernel's `ru_maxrss` of a process includes what it was between fork and exec, a copy of its
//! parent; so the parent has to be tiny (DECISIONS 5). It also guards the run: it ends it at its
//! deadline, on a signal, or when `measure` is gone, adopts and ends what the run leaves behind,
//! and holds `measure`'s lock open until nothing of the run is left.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, killpg, sigprocmask};
use nix::unistd::{Pid, execv, getpid, getppid, pipe2, setpgid};

use crate::clock;
use crate::kernel::{self, Reap};
use crate::launch::{Ended, Order, Report};
use crate::tree;

/// How long what the run started may outlive it without being called left over: Python's resource
/// tracker and the like end by themselves a few milliseconds later.
const AFTERMATH: Duration = Duration::from_millis(100);

/// How long a killed process may take to go (it may be in an uninterruptible wait).
const KILLED_GONE: Duration = Duration::from_secs(5);

/// Runs the order and reports. An error is about the launcher itself, never about the run.
pub fn main(order: &Order) -> io::Result<()> {
    let mut report = report_file(order)?;
    let signals = block_signals()?;
    prctl::set_child_subreaper(true)?;
    prctl::set_pdeathsig(Signal::SIGTERM)?;
    if order.parent != 0 && getppid().as_raw() != order.parent {
        return Err(io::Error::other("the measuring process ended before the run was started"));
    }
    let (pid, spawn_ns) = match start(order)? {
        Start::Running { pid, spawn_ns } => (pid, spawn_ns),
        Start::Failed(errno) => {
            while !matches!(kernel::reap(), Reap::NoChildren) {
                kernel::next_signal(&signals, AFTERMATH);
            }
            return write!(report, "{}", Report::NotStarted { errno });
        }
    };
    write!(report, "{}", Report::Started { pid: pid.as_raw(), spawn_ns })?;
    let mut ended = guard(order, pid, &signals);
    ended.left_over = end_left_overs(pid, &signals, &mut ended);
    ended.launcher_cpu_ns = clock::own_cpu_ns();
    write!(report, "{}", Report::Ended(ended))
}

/// The descriptors that the run must not inherit get the flag that closes them at exec.
fn report_file(order: &Order) -> io::Result<File> {
    let report = kernel::own_descriptor(order.report_fd)?;
    close_at_exec(report.as_fd())?;
    if let Some(number) = order.lock_fd {
        let lock = kernel::own_descriptor(number)?;
        close_at_exec(lock.as_fd())?;
        std::mem::forget(lock); // stays open, and so locked, until this process ends
    }
    Ok(File::from(report))
}

fn close_at_exec(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(())
}

fn block_signals() -> io::Result<SigSet> {
    let signals: SigSet = [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP].into_iter().collect();
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None)?;
    Ok(signals)
}

enum Start {
    Running { pid: Pid, spawn_ns: u64 },
    Failed(i32),
}

/// Forks and executes. Through a pipe that closes at exec the child tells the time just before its
/// exec and, if that failed, the error.
fn start(order: &Order) -> io::Result<Start> {
    let argv: Vec<CString> =
        order.argv.iter().map(|word| CString::new(word.clone().into_vec())).collect::<Result<_, _>>()?;
    let (from_child, to_parent) = pipe2(OFlag::O_CLOEXEC)?;
    let launcher = getpid();
    let Some(pid) = kernel::fork_single_threaded()? else {
        let errno = become_run(order, &argv, launcher, &to_parent);
        let _ = nix::unistd::write(&to_parent, &(errno as i32).to_ne_bytes());
        std::process::abort(); // never seen: the parent has read the error
    };
    drop(to_parent);
    let mut told = Vec::with_capacity(12);
    File::from(from_child).read_to_end(&mut told)?;
    let (time, errno) = told.split_at(told.len().min(8));
    match (time.try_into(), errno.try_into()) {
        (Ok(time), Err(_)) => Ok(Start::Running { pid, spawn_ns: u64::from_ne_bytes(time) }),
        (Ok(_), Ok(errno)) => Ok(Start::Failed(i32::from_ne_bytes(errno))),
        (Err(_), _) => Ok(Start::Failed(Errno::EIO as i32)),
    }
}

/// In the child: everything that the run inherits, then the run. Comes back only with an error.
fn become_run(order: &Order, argv: &[CString], launcher: Pid, to_parent: &OwnedFd) -> Errno {
    let prepared = prepare_child(order, launcher);
    let _ = nix::unistd::write(to_parent, &clock::monotonic_ns().to_ne_bytes());
    match prepared.and_then(|()| execv(&argv[0], argv)) {
        Ok(never) => match never {},
        Err(errno) => errno,
    }
}

fn prepare_child(order: &Order, launcher: Pid) -> nix::Result<()> {
    setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    if getppid() != launcher {
        return Err(Errno::ESRCH);
    }
    if !order.cpus.is_empty() {
        let mut set = CpuSet::new();
        for cpu in &order.cpus {
            set.set(*cpu as usize)?;
        }
        sched_setaffinity(Pid::from_raw(0), &set)?;
    }
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    if let Some(bytes) = order.file_bytes {
        setrlimit(Resource::RLIMIT_FSIZE, bytes, bytes)?;
    }
    if let Some(bytes) = order.memory_bytes {
        setrlimit(Resource::RLIMIT_AS, bytes, bytes)?;
    }
    // When memory runs out, the run goes first and the harness stays to tell of it.
    let _ = fs::write("/proc/self/oom_score_adj", "500");
    kernel::restore_sigpipe();
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// Waits for the run's main process, and ends it when its time is over or a signal says so.
fn guard(order: &Order, run: Pid, signals: &SigSet) -> Ended {
    let mut ended = Ended::default();
    let grace = Duration::from_millis(order.grace_ms);
    let mut next = Instant::now() + Duration::from_millis(order.timeout_ms);
    let mut terminated = false;
    loop {
        let signal = kernel::next_signal(signals, next.saturating_duration_since(Instant::now()));
        // Taken before anything else is done: this is when the run was seen to have ended.
        let now_ns = clock::monotonic_ns();
        if reap_until(run, now_ns, &mut ended) {
            return ended;
        }
        match signal {
            Some(libc::SIGCHLD) => continue,
            Some(_) => ended.interrupted = true,
            None if Instant::now() < next => continue,
            None if terminated => {
                end_group(run, Signal::SIGKILL);
                next = Instant::now() + KILLED_GONE;
                continue;
            }
            None => ended.timed_out = true,
        }
        if !terminated {
            terminated = true;
            end_group(run, Signal::SIGTERM);
            next = Instant::now() + grace;
        }
    }
}

/// Reaps all that has ended; true when the run's main process was among it.
fn reap_until(run: Pid, now_ns: u64, ended: &mut Ended) -> bool {
    let mut main_ended = false;
    while let Reap::Child(child) = kernel::reap() {
        let peak = ended.usage.rss_peak_bytes;
        ended.usage.add(&child.usage);
        if child.pid == run.as_raw() {
            ended.exit_ns = now_ns;
            ended.wait_status = child.status;
            ended.usage.rss_peak_bytes = child.usage.rss_peak_bytes;
            main_ended = true;
        } else {
            // The peak is the main process's; an adopted orphan's does not count.
            ended.usage.rss_peak_bytes = peak;
        }
    }
    main_ended
}

/// A stopped process has to go on before it can take a signal other than SIGKILL.
fn end_group(run: Pid, signal: Signal) {
    let _ = killpg(run, signal);
    let _ = killpg(run, Signal::SIGCONT);
}

/// Ends whatever outlived the main process, in its group or adopted, and counts it.
fn end_left_overs(run: Pid, signals: &SigSet, ended: &mut Ended) -> u32 {
    let own = getpid().as_raw();
    let by_themselves_until = Instant::now() + AFTERMATH;
    let give_up = by_themselves_until + KILLED_GONE;
    let mut left_over = 0;
    let peak = ended.usage.rss_peak_bytes;
    loop {
        let aftermath = Instant::now() < by_themselves_until;
        match kernel::reap() {
            Reap::NoChildren => break,
            Reap::Child(child) => {
                ended.usage.add(&child.usage);
                left_over += u32::from(!aftermath);
            }
            Reap::NoneYet => {
                if !aftermath {
                    end_group(run, Signal::SIGKILL);
                    for child in tree::children(own) {
                        let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
                    }
                }
                if Instant::now() > give_up {
                    break;
                }
                kernel::next_signal(signals, Duration::from_millis(2));
            }
        }
    }
    ended.usage.rss_peak_bytes = peak;
    left_over
}
