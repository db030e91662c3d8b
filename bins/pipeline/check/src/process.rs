//! Starting a program with a deadline, in a process group of its own, of which nothing is left.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use measure::clock;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

/// What is kept of each stream.
const STREAM_BYTES_MAX: u64 = 1 << 20;
/// Short against the start of any program, long against the cost of looking.
const POLL: Duration = Duration::from_millis(2);

pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) spawn_ns: u64,
    pub(crate) exit_ns: u64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) enum End {
    Exited(ExitStatus),
    /// It ran past its deadline and was killed.
    Late,
    NotStarted(io::Error),
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        match self.end {
            End::Exited(status) => status.code(),
            End::Late | End::NotStarted(_) => None,
        }
    }

    /// How it ended, in words, with its last complaint.
    pub(crate) fn in_words(&self) -> String {
        let how = match &self.end {
            End::NotStarted(error) => return format!("cannot be started: {error}"),
            End::Late => return "was still running at its deadline and was killed".to_owned(),
            End::Exited(status) => match (status.code(), status.signal()) {
                (Some(code), _) => format!("exit code {code}"),
                (None, signal) => format!("killed by signal {}", signal.unwrap_or_default()),
            },
        };
        let mut lines = self.stderr.lines();
        let complaint = lines.clone().find(|line| line.starts_with("error: "));
        match complaint.or_else(|| lines.rfind(|line| !line.trim().is_empty())) {
            Some(line) => format!("{how}: {line}"),
            None => how,
        }
    }
}

/// Runs `command`; what it prints goes through files in `folder`, so that no pipe can fill up.
pub(crate) fn run(command: &mut Command, folder: &Path, deadline: Duration) -> io::Result<Ended> {
    let (stdout, stderr) = (folder.join("stdout"), folder.join("stderr"));
    command.stdin(Stdio::null()).stdout(File::create(&stdout)?).stderr(File::create(&stderr)?).process_group(0);
    let spawn_ns = clock::monotonic_ns();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let end = End::NotStarted(error);
            return Ok(Ended { end, spawn_ns, exit_ns: spawn_ns, stdout: String::new(), stderr: String::new() });
        }
    };
    let group = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let in_time = wait(group, spawn_ns + deadline.as_nanos() as u64)?;
    let exit_ns = clock::monotonic_ns();
    // Before the program is reaped: until then its number, and so its group's, is taken by no other.
    let _ = killpg(group, Signal::SIGKILL);
    let status = child.wait()?;
    let end = if in_time { End::Exited(status) } else { End::Late };
    Ok(Ended { end, spawn_ns, exit_ns, stdout: head(&stdout)?, stderr: head(&stderr)? })
}

/// Whether the program ended before its deadline. It is not reaped yet.
fn wait(program: Pid, deadline_ns: u64) -> io::Result<bool> {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    while waitid(Id::Pid(program), flags)? == WaitStatus::StillAlive {
        if clock::monotonic_ns() >= deadline_ns {
            return Ok(false);
        }
        sleep(POLL);
    }
    Ok(true)
}

fn head(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(STREAM_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, deadline_ms: u64) -> Ended {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run(&mut command, folder.path(), Duration::from_millis(deadline_ms)).expect("started")
    }

    #[test]
    fn streams_code_and_life_are_told() {
        let ended = shell("echo out; echo complaint >&2; exit 3", 10_000);
        assert_eq!((ended.code(), ended.stdout.as_str(), ended.stderr.as_str()), (Some(3), "out\n", "complaint\n"));
        assert_eq!(ended.in_words(), "exit code 3: complaint");
        assert!(ended.spawn_ns < ended.exit_ns);
        assert_eq!(shell("kill -9 $$", 10_000).in_words(), "killed by signal 9");
        assert_eq!(shell("echo 'error: x' >&2; echo more >&2; exit 1", 10_000).in_words(), "exit code 1: error: x");
    }

    #[test]
    fn what_cannot_be_started_is_a_finding() {
        let folder = tempfile::tempdir().expect("a folder");
        let ended =
            run(&mut Command::new("/no/such/program"), folder.path(), Duration::from_secs(1)).expect("a finding");
        assert!(ended.in_words().starts_with("cannot be started: "), "{}", ended.in_words());
    }

    #[test]
    fn a_program_past_its_deadline_is_ended_with_its_children() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = folder.path().join("alive");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "(sleep 1; : > \"$1\") & sleep 60", "sh"]).arg(&mark);
        let ended = run(&mut command, folder.path(), Duration::from_millis(200)).expect("started");
        assert!(matches!(ended.end, End::Late));
        assert!(ended.exit_ns - ended.spawn_ns < 5_000_000_000, "ended long before its 60 s");
        sleep(Duration::from_millis(1500));
        assert!(!mark.exists(), "the child outlived its group");
    }
}
