//! The few system calls that have no safe wrapper, each with the reason why its use is sound.
#![allow(unsafe_code)] // fork, wait4, sigtimedwait and signal: see the proof at each block

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use nix::sys::signal::SigSet;
use nix::unistd::{ForkResult, Pid};

use crate::launch::Usage;

/// What `wait4` said about one child.
#[derive(Clone, Copy, Debug)]
pub struct Reaped {
    pub pid: i32,
    pub status: i32,
    pub usage: Usage,
}

/// What there is to reap at the moment.
#[derive(Clone, Copy, Debug)]
pub enum Reap {
    Child(Reaped),
    /// Children there are, but none has ended.
    NoneYet,
    NoChildren,
}

/// Reaps one ended child, whichever, without waiting.
pub fn reap() -> Reap {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live locals of the types that wait4 writes; an all-zero rusage
    // is a valid value, so assume_init holds even where the kernel wrote nothing.
    let (pid, usage) = unsafe {
        let pid = libc::wait4(-1, &raw mut status, libc::WNOHANG, usage.as_mut_ptr());
        (pid, usage.assume_init())
    };
    match pid {
        0 => Reap::NoneYet,
        pid if pid > 0 => Reap::Child(Reaped { pid, status, usage: account(&usage) }),
        _ => Reap::NoChildren,
    }
}

fn account(usage: &libc::rusage) -> Usage {
    let nanoseconds = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1000;
    Usage {
        user_ns: nanoseconds(usage.ru_utime),
        system_ns: nanoseconds(usage.ru_stime),
        rss_peak_bytes: usage.ru_maxrss as u64 * 1024, // ru_maxrss is in KiB on Linux
        switches_voluntary: usage.ru_nvcsw as u64,
        switches_involuntary: usage.ru_nivcsw as u64,
        faults_minor: usage.ru_minflt as u64,
        faults_major: usage.ru_majflt as u64,
        blocks_read: usage.ru_inblock as u64,
        blocks_written: usage.ru_oublock as u64,
    }
}

/// Takes a pending signal of `set` (which has to be blocked), or waits for one for at most `limit`.
pub fn next_signal(set: &SigSet, limit: Duration) -> Option<i32> {
    let limit = libc::timespec {
        tv_sec: libc::time_t::try_from(limit.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(limit.subsec_nanos().cast_signed()),
    };
    // SAFETY: set and limit outlive the call, and a null siginfo is allowed (sigtimedwait(2)).
    let signal = unsafe { libc::sigtimedwait(set.as_ref(), ptr::null_mut(), &raw const limit) };
    (signal > 0).then_some(signal)
}

/// Forks this process, which has to have one thread only.
pub fn fork_single_threaded() -> io::Result<Option<Pid>> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    assert_eq!(threads, 1, "a fork of several threads could copy a lock that nobody will release");
    // SAFETY: with one thread, no lock of the allocator or of std can be held by another thread at
    // the fork, so the child may run any code (the restriction to async-signal-safe calls in
    // fork(2) is for programs of several threads).
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// Takes over a descriptor that the parent process left open for this one.
pub fn own_descriptor(number: RawFd) -> io::Result<OwnedFd> {
    std::fs::symlink_metadata(format!("/proc/self/fd/{number}"))?;
    // SAFETY: the descriptor is open (checked above), and `measure` opened it for this process to
    // own: nothing else here refers to its number.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Rust's runtime ignores SIGPIPE, and an ignored signal stays ignored across exec.
pub fn restore_sigpipe() {
    // SAFETY: SIG_DFL installs no handler, so nothing of this program can be called by it.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}
