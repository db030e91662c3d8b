//! Other programs, started by argument vectors: their output goes to files, so that nothing they
//! print, and nothing they leave behind, can hold this step up.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use schema::fault::Fault;
use schema::files::{cannot, read_at_most};

/// What is kept of a program's log for a message.
const LOG_BYTES_MAX: u64 = 64 << 20;
const POLL: Duration = Duration::from_millis(10);

/// Runs `command` with stdout and stderr in these files; `None` when it ran past `limit` and was ended.
pub(crate) fn run(
    command: &mut Command,
    stdout: &Path,
    stderr: &Path,
    limit: Option<Duration>,
) -> Result<Option<ExitStatus>, Fault> {
    let create = |path: &Path| File::create(path).map_err(|error| cannot("write", path, &error));
    command.stdin(Stdio::null()).stdout(create(stdout)?).stderr(create(stderr)?);
    let program = Path::new(command.get_program()).to_path_buf();
    let started = Instant::now();
    // A group of its own, so that what it started ends with it.
    let mut child = command.process_group(0).spawn().map_err(|error| cannot("start", &program, &error))?;
    let wait_failed = |error: io::Error| cannot("wait for", &program, &error);
    let Some(limit) = limit else { return child.wait().map(Some).map_err(wait_failed) };
    loop {
        if let Some(status) = child.try_wait().map_err(wait_failed)? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            end_group(child.id());
            child.wait().map_err(wait_failed)?;
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

fn end_group(leader: u32) {
    // The standard library sends no signal to a group; without `kill` the leader alone would end.
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{leader}")]).stderr(Stdio::null()).status();
}

/// The last line of a log that names an error, else its last line.
pub(crate) fn last_error(log: &Path) -> String {
    let bytes = read_at_most(log, LOG_BYTES_MAX).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines = || text.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    // Cargo ends with a summary (`could not compile`); the error before it says why.
    let telling = |line: &&str| line.starts_with("error") && !line.starts_with("error: could not compile");
    lines().find(telling).or_else(|| lines().next()).unwrap_or("it printed nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (out, log) = (folder.path().join("out"), folder.path().join("log"));
        (folder, out, log)
    }

    #[test]
    fn a_program_past_its_limit_is_ended_with_what_it_started() {
        let (_folder, out, log) = paths();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 30 & echo $!; wait"]);
        let started = Instant::now();
        let status = run(&mut command, &out, &log, Some(Duration::from_millis(300))).expect("started");
        assert!(status.is_none());
        assert!(started.elapsed() < Duration::from_secs(10));
        let sleeper = std::fs::read_to_string(&out).expect("its pid").trim().to_owned();
        let gone = || {
            let state = std::fs::read_to_string(format!("/proc/{sleeper}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        assert!(
            (0..100).any(|_| gone() || {
                std::thread::sleep(POLL);
                false
            }),
            "the child's child is gone"
        );
    }

    #[test]
    fn the_telling_line_of_a_log_is_found() {
        let (_folder, _out, log) = paths();
        std::fs::write(&log, "error[E0425]: no `x`\n --> a\nerror: could not compile `p` (bin \"b\")\n")
            .expect("written");
        assert_eq!(last_error(&log), "error[E0425]: no `x`");
        std::fs::write(&log, "one\ntwo\n\n").expect("written");
        assert_eq!(last_error(&log), "two");
        std::fs::write(&log, "").expect("written");
        assert_eq!(last_error(&log), "it printed nothing");
    }
}
