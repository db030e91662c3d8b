//! The programs that the pipeline is built with, runs in, and can make use of.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use schema::config::PythonGroup;
use schema::digest;

use super::finding::Finding;
use super::host::{at_least, first_line, version_in};

const JAVA_MIN: &str = "17";
const NEXTFLOW_MIN: &str = "24.10";
const PYTHON_MIN: &str = "3.11";
const OLLAMA: ([u8; 4], u16) = ([127, 0, 0, 1], 11434);

pub(super) fn look(root: &Path) -> Vec<Finding> {
    let rust_min = rust_version(root).unwrap_or_else(|| "1.85".to_owned());
    let java = std::env::var("JAVA_HOME").map_or_else(|_| "java".to_owned(), |home| format!("{home}/bin/java"));
    let programs = [
        ("rust", "cargo", "--version", rust_min.as_str(), "rustup toolchain install"),
        ("c compiler", "cc", "--version", "0.0", "sudo apt-get install build-essential"),
        ("java", &java, "-version", JAVA_MIN, "sudo apt-get install openjdk-17-jre-headless"),
    ];
    let mut findings: Vec<Finding> = programs
        .into_iter()
        .map(|(subject, program, flag, minimum, remedy)| required(subject, program, flag, minimum, remedy, root))
        .collect();
    findings.push(nextflow(root));
    findings.push(python(root));
    findings.push(uv(root));
    findings.extend([PythonGroup::Core, PythonGroup::Agents, PythonGroup::Torch].map(|group| packages(root, group)));
    findings.push(ollama(SocketAddr::from(OLLAMA)));
    findings.push(slurm(root));
    findings
}

/// `rust-version` of the checkout.
fn rust_version(root: &Path) -> Option<String> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "))?;
    Some(line.trim().trim_matches('"').to_owned())
}

fn required(subject: &'static str, program: &str, flag: &str, minimum: &str, remedy: &str, root: &Path) -> Finding {
    let Some(line) = first_line(program, &[flag], root) else {
        return Finding::missing(subject, format!("`{program}` does not answer"), remedy);
    };
    if version_in(&line).is_some_and(|version| !at_least(version, minimum)) {
        return Finding::missing(subject, format!("{line}; {minimum} or newer is needed"), remedy);
    }
    Finding::good(subject, line)
}

/// The project's own tells its version by its folder: asking it would start a Java machine.
fn nextflow(root: &Path) -> Finding {
    let own = std::fs::read_dir(root.join(".ferrobench/nextflow")).into_iter().flatten().flatten();
    let complete = own.filter(|entry| entry.path().join("ferrobench-complete").is_file());
    let versions = complete.map(|entry| entry.file_name().to_string_lossy().into_owned());
    if let Some(version) = versions.max() {
        return Finding::good("nextflow", format!("{version} in .ferrobench/tools"));
    }
    let Some(version) = nextflow_on_path(root) else {
        return Finding::missing("nextflow", "neither in .ferrobench/tools nor on the PATH", "scripts/setup");
    };
    if at_least(&version, NEXTFLOW_MIN) {
        return Finding::good("nextflow", format!("{version} on the PATH"));
    }
    Finding::missing("nextflow", format!("{version}; {NEXTFLOW_MIN} or newer is needed"), "scripts/setup")
}

fn nextflow_on_path(root: &Path) -> Option<String> {
    let line = first_line("sh", &["-c", "NXF_DISABLE_CHECK_LATEST=true nextflow -version | grep -i version"], root)?;
    version_in(&line).map(str::to_owned)
}

fn python(root: &Path) -> Finding {
    let names = std::env::var("FERROBENCH_PYTHON").ok().into_iter();
    let names = names.chain(["python3", "python3.13", "python3.12", "python3.11"].map(str::to_owned));
    let mut seen = None;
    for name in names {
        let Some(line) = first_line(&name, &["--version"], root) else { continue };
        if version_in(&line).is_some_and(|version| at_least(version, PYTHON_MIN)) {
            return Finding::good("python", line);
        }
        seen.get_or_insert(line);
    }
    let seen = seen.map_or_else(|| "none found".to_owned(), |line| format!("{line}; {PYTHON_MIN} or newer is needed"));
    let remedy = "sudo apt-get install python3 python3-venv, or FERROBENCH_PYTHON=/path/to/python3.12";
    Finding::missing("python", seen, remedy)
}

fn uv(root: &Path) -> Finding {
    let own = root.join(".ferrobench/tools/uv/bin/uv");
    let name = if own.is_file() { own.to_string_lossy().into_owned() } else { "uv".to_owned() };
    match first_line(&name, &["--version"], root) {
        Some(line) => Finding::good("uv", line),
        None => Finding::missing("uv", "neither in .ferrobench/tools nor on the PATH", "scripts/setup"),
    }
}

/// Whether the environment of the present lock is complete.
fn packages(root: &Path, group: PythonGroup) -> Finding {
    let (subject, remedy) = match group {
        PythonGroup::Core => ("packages core", "scripts/setup"),
        PythonGroup::Agents => ("packages agents", "scripts/setup --only agents"),
        PythonGroup::Torch => ("packages torch", "scripts/setup --only deep"),
    };
    let lock = format!("config/python/{}.txt", group.name());
    let Ok(digest) = digest::of_file(&root.join(&lock)) else {
        return Finding::missing(subject, format!("{lock} is not there"), format!("git checkout -- {lock}"));
    };
    let folder = format!(".ferrobench/env/{}", &digest[..16]);
    if root.join(&folder).join("bin/python").is_file() {
        return Finding::good(subject, format!("{folder}, as locked"));
    }
    if group.is_core() {
        return Finding::missing(subject, "not installed for the present lock", remedy);
    }
    let means = format!("Python implementations that need the packages of {} are left out", group.name());
    Finding::note(subject, "not installed", means).remedy(remedy)
}

/// A server of the person's own, for studies of agents.
fn ollama(address: SocketAddr) -> Finding {
    match ollama_version(address) {
        Some(version) => Finding::good("ollama", format!("version {version} at {address}")),
        None => Finding::note(
            "ollama",
            format!("no answer at {address}"),
            "studies of agents use the embedded engine; your own server's figures need your own server",
        )
        .remedy("ollama serve"),
    }
}

fn ollama_version(address: SocketAddr) -> Option<String> {
    const PATIENCE: Duration = Duration::from_millis(500);
    const ANSWER_BYTES_MAX: u64 = 4096;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(b"GET /api/version HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let body: serde_json::Value = serde_json::from_str(text.split("\r\n\r\n").nth(1)?).ok()?;
    Some(body["version"].as_str()?.to_owned())
}

fn slurm(root: &Path) -> Finding {
    match first_line("sinfo", &["--version"], root) {
        Some(line) => Finding::good("slurm", line),
        None => Finding::note("slurm", "not here", "`-profile slurm` cannot be used; on one machine it is not needed"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_server_is_asked_for_its_version_and_its_absence_is_a_note() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a call");
            let mut asked = [0; 256];
            let length = stream.read(&mut asked).expect("the question");
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n{\"version\":\"0.6.8\"}").expect("the answer");
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let found = ollama(address);
        assert!(found.state == State::Good && found.seen.starts_with("version 0.6.8 at 127.0.0.1:"), "{found:?}");
        assert!(server.join().expect("no panic").starts_with("GET /api/version "));
        let absent = ollama(address);
        assert!(absent.state == State::Note && absent.remedy.is_some_and(|remedy| remedy.contains("ollama")));
    }

    #[test]
    fn an_old_program_is_missing_with_what_is_needed() {
        let here = Path::new(".");
        let found = required("echo", "echo", "version 1.8.0", "17", "get a new one", here);
        assert_eq!((found.state, found.seen.as_str()), (State::Missing, "version 1.8.0; 17 or newer is needed"));
        assert_eq!(required("echo", "echo", "version 17.0.1", "17", "", here).state, State::Good);
        let none = required("none", "no_such_program_here", "--version", "1", "install it", here);
        assert_eq!((none.state, none.remedy.as_deref()), (State::Missing, Some("install it")));
    }
}
