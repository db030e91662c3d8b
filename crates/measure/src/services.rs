//! Programs that run beside a run, such as the server of a model: started before the runs of a block,
//! told where they are, watched apart, and ended after them.
//!
//! A service prints one line of JSON once it is ready: `{"url": …, "model": …}`; with `"elsewhere": true` where
//! it only stands for a server that is not started here. It ends when its standard input is closed, so none
//! outlives this process, however that ends.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use schema::block::Service;
use schema::fault::{Fault, visible};
use schema::files::{cannot, from_root};
use schema::id::Id;
use schema::record::ServiceUse;
use serde_json::Value;

/// Loading a model from a cold disk takes its time.
const READY: Duration = Duration::from_mins(5);
/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
const LINE_BYTES_MAX: usize = 64 << 10;

/// The services of a block while it is measured; ended when this goes.
#[derive(Default)]
pub struct Services {
    running: Vec<Running>,
}

struct Running {
    name: Id,
    child: Child,
    variables: BTreeMap<String, String>,
    /// It only stands for a program elsewhere, so its own use says nothing.
    stands_in: bool,
}

impl Services {
    /// Starts each and waits until it is ready. Where one is not, those before it are ended.
    pub fn start(root: &Path, services: &[Service]) -> Result<Self, Fault> {
        let mut started = Self::default();
        for service in services {
            started.running.push(start(root, service)?);
        }
        Ok(started)
    }

    /// `FERROBENCH_LLM_URL` and, of whatever else the ready line says in text, `FERROBENCH_LLM_MODEL`.
    pub fn variables(&self) -> BTreeMap<String, String> {
        self.running.iter().flat_map(|service| service.variables.clone()).collect()
    }

    /// Whether these are the ones that run, and none has ended.
    pub fn are(&mut self, services: &[Service]) -> bool {
        self.running.len() == services.len()
            && self
                .running
                .iter_mut()
                .zip(services)
                .all(|(running, service)| running.name == service.name && matches!(running.child.try_wait(), Ok(None)))
    }

    /// What each has used since it was started.
    pub fn used(&self) -> Vec<ServiceUse> {
        self.running.iter().map(Running::used).collect()
    }
}

fn start(root: &Path, service: &Service) -> Result<Running, Fault> {
    let program = service.argv.first().map_or("", String::as_str);
    let path = from_root(root, program);
    let mut command = Command::new(&path);
    command.args(service.argv.iter().skip(1)).env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
    command.envs(&service.env).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn().map_err(|error| cannot("start", &path, &error))?;
    let stdout = child.stdout.take();
    let mut running = Running { name: service.name.clone(), child, variables: BTreeMap::new(), stands_in: false };
    let (tell, told) = mpsc::channel();
    // Reads on until the end: a service that logs to a full pipe would stop.
    thread::spawn(move || {
        let mut lines = stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).split(b'\n'));
        let _ = tell.send(lines.next().and_then(Result::ok));
        lines.for_each(drop);
    });
    let line = told.recv_timeout(READY).ok().flatten().filter(|line| line.len() <= LINE_BYTES_MAX);
    let ready = line.and_then(|line| serde_json::from_slice::<Value>(&line).ok());
    let Some(Value::Object(ready)) = ready.filter(|ready| ready.get("url").is_some_and(Value::is_string)) else {
        let ended = running.ended_soon();
        let how =
            ended.map_or("said no line of JSON with its `url`".to_owned(), |status| format!("ended with {status}"));
        return Err(Fault::new(visible(program), format!("service `{}` {how} before it was ready", service.name)));
    };
    running.stands_in = ready.get("elsewhere").is_some_and(|elsewhere| *elsewhere == Value::Bool(true));
    for (key, value) in ready {
        if let Value::String(text) = value {
            let name = format!("FERROBENCH_{}_{}", service.name.as_str().to_uppercase(), key.to_uppercase());
            running.variables.insert(name, text);
        }
    }
    Ok(running)
}

impl Running {
    /// Its end, where its output ended because it did: the two can be seen in either order.
    fn ended_soon(&mut self) -> Option<ExitStatus> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(100) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(2));
        }
        None
    }

    fn used(&self) -> ServiceUse {
        if self.stands_in {
            return ServiceUse { name: self.name.clone(), cpu_ns: None, rss_peak_bytes: None };
        }
        let of = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).ok();
        let peak = of("status").and_then(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_owned();
            line.strip_suffix("kB")?.trim().parse::<u64>().ok()
        });
        // The main thread's and all others', in ns, as the scheduler counts them.
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let times = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
        let cpu: Option<Vec<u64>> =
            times.map(|text| text.split_whitespace().next().and_then(|ns| ns.parse().ok())).collect();
        let cpu_ns = cpu.filter(|all| !all.is_empty()).map(|all| all.iter().sum());
        ServiceUse { name: self.name.clone(), cpu_ns, rss_peak_bytes: peak.map(|kilobytes| kilobytes * 1024) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let group = Pid::from_raw(self.child.id().cast_signed());
        let _ = killpg(group, Signal::SIGTERM);
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(script: &str) -> Service {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        Service { name: Id::new("llm").expect("an id"), argv, env: BTreeMap::new(), files: Vec::new() }
    }

    #[test]
    fn a_service_is_told_by_its_ready_line_and_ended_with_its_group() {
        let script = "echo '{\"url\": \"http://127.0.0.1:1\", \"model\": \"m\", \"pid\": '$$'}'; sleep 60 & wait";
        let mut services = Services::start(Path::new("/"), &[service(script)]).expect("ready");
        let variables = services.variables();
        assert_eq!(variables["FERROBENCH_LLM_URL"], "http://127.0.0.1:1");
        assert_eq!(variables["FERROBENCH_LLM_MODEL"], "m");
        let used = services.used();
        assert!(used[0].rss_peak_bytes.is_some_and(|bytes| bytes > 100_000), "{used:?}");
        assert!(services.are(&[service(script)]) && !services.are(&[]));
        let group = Pid::from_raw(services.running[0].child.id().cast_signed());
        drop(services);
        let began = Instant::now();
        while killpg(group, None::<Signal>).is_ok() {
            assert!(began.elapsed() < GRACE, "something of the service is left");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_service_that_is_not_ready_is_a_fault_that_says_so() {
        for (script, part) in [("exit 3", "exit status: 3"), ("echo ready; sleep 9", "no line of JSON")] {
            let Err(fault) = Services::start(Path::new("/"), &[service(script)]) else { panic!("{script}") };
            assert!(fault.what.contains("service `llm`") && fault.what.contains(part), "{fault}");
        }
        let missing = Service { argv: vec!["/no/such/program".to_owned()], ..service("") };
        assert!(Services::start(Path::new("/"), &[missing]).is_err());
    }
}
