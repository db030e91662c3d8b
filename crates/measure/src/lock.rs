//! The host-wide lock: one measured block at a time, whoever measures, from whichever checkout. And the
//! block's own, beside its attempts: on a cluster two nodes may be given the same block, when the job of a
//! launch that was killed goes on.
//!
//! The lock is on the open file, which the launcher inherits; so it lasts until nothing of a run is
//! left, even when `measure` is killed between two instructions.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use crate::interrupt::{Interrupted, Interrupts};
use crate::pseudo_files::text;
use crate::tree;

pub const HOST_WIDE: &str = "/var/tmp/ferrobench-measure.lock";

const RETRY: Duration = Duration::from_millis(100);
const SAY_AGAIN: Duration = Duration::from_secs(10);

pub struct HostLock(Flock<File>);

impl AsFd for HostLock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Why the lock was not got.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error("interrupted")]
    Interrupted(Interrupted),
}

/// Waits for the lock as long as it takes; `say` is told for whom, at first and every ten seconds.
/// `purpose` is what the next one who waits will be told: study and block.
pub fn take(
    path: &Path,
    purpose: &str,
    interrupts: &Interrupts,
    say: &mut dyn FnMut(&str),
) -> Result<HostLock, LockError> {
    let mut file = open(path)?;
    let mut said: Option<Instant> = None;
    loop {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut locked) => {
                sign(&mut locked, purpose)?;
                return Ok(HostLock(locked));
            }
            Err((unlocked, Errno::EWOULDBLOCK | Errno::EINTR)) => file = unlocked,
            Err((_, errno)) => return Err(io::Error::from(errno).into()),
        }
        if said.is_none_or(|at| at.elapsed() >= SAY_AGAIN) {
            said = Some(Instant::now());
            say(&format!("waiting for {}", holder(&mut file)?));
        }
        interrupts.sleep(RETRY).map_err(LockError::Interrupted)?;
    }
}

/// Another user's file in a sticky folder may be opened, but not with `O_CREAT` (`protected_regular`);
/// and a link is never followed.
fn open(path: &Path) -> io::Result<File> {
    let options = |create: bool| {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(create).mode(0o666).custom_flags(libc::O_NOFOLLOW);
        options
    };
    loop {
        match options(false).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => return other,
        }
        match options(true).open(path) {
            Ok(file) => {
                // The umask must not keep other users from waiting on the same lock.
                file.set_permissions(Permissions::from_mode(0o666))?;
                return Ok(file);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn sign(file: &mut File, purpose: &str) -> io::Result<()> {
    let pid = std::process::id();
    let start = tree::start_ticks(pid.cast_signed()).unwrap_or(0);
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{pid} {start} {} {purpose}", host())
}

/// The lock's file may lie on a file system that several machines share.
fn host() -> String {
    text("/proc/sys/kernel/hostname").unwrap_or_else(|| "unknown".to_owned())
}

fn holder(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.take(1000).read_to_string(&mut text)?;
    let words: Vec<&str> = text.trim().splitn(4, ' ').collect();
    let [pid, start, there, purpose] = words[..] else { return Ok("another measure".to_owned()) };
    if there != host() {
        return Ok(format!("measure pid {pid} on {there} ({purpose})"));
    }
    let lives = pid.parse().ok().and_then(tree::start_ticks).map(|ticks| ticks.to_string());
    Ok(if lives.as_deref() == Some(start) {
        format!("measure pid {pid} ({purpose})")
    } else {
        format!("the end of what measure pid {pid} ({purpose}) left running")
    })
}

/// Whether a lock could not be got because the file system has none.
pub fn unsupported(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOLCK | libc::EOPNOTSUPP | libc::ENOSYS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn the_second_waits_and_says_for_whom() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        let interrupts = Interrupts::take().expect("signals");
        let first = take(&path, "study a, block b", &interrupts, &mut |line| panic!("{line}")).expect("free");
        let (said, lines) = mpsc::channel();
        let waiting = std::thread::spawn(move || {
            let interrupts = Interrupts::take().expect("signals");
            let mut say = |line: &str| said.send(line.to_owned()).expect("the test listens");
            take(&path, "study c, block d", &interrupts, &mut say).map(|_| ())
        });
        let line = lines.recv_timeout(Duration::from_secs(5)).expect("a line");
        assert_eq!(line, format!("waiting for measure pid {} (study a, block b)", std::process::id()));
        assert!(!waiting.is_finished());
        drop(first);
        waiting.join().expect("no panic").expect("got the lock");
    }

    #[test]
    fn a_holder_on_another_machine_is_named_with_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        std::fs::write(&path, "7 1 node17.example study a, block b\n").expect("written");
        let mut file = open(&path).expect("opened");
        assert_eq!(holder(&mut file).expect("read"), "measure pid 7 on node17.example (study a, block b)");
    }

    #[test]
    fn a_link_in_the_locks_place_is_not_followed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (target, path) = (folder.path().join("precious"), folder.path().join("lock"));
        std::fs::write(&target, "keep").expect("written");
        std::os::unix::fs::symlink(&target, &path).expect("linked");
        assert!(open(&path).is_err());
        assert_eq!(std::fs::read_to_string(&target).expect("read"), "keep");
    }
}
