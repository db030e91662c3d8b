//! Two real servers: with set tokens at set times, and with a model.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use multi_agent::TwoAgents;

use crate::agents::{IMPLEMENTATIONS, data, root, run};

struct Server {
    child: Child,
    url: String,
    model: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("llm-server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a ready line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let text = |key: &str| ready[key].as_str().expect(key).to_owned();
        Self { url: text("url"), model: text("model"), child }
    }
}

/// As the rest is built.
fn llm_server() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["build", "--quiet", "--locked", "--profile", "tools", "--package", "llm-server"]);
    assert!(cargo.status().expect("cargo").success());
    Path::new(env!("CARGO_BIN_EXE_multi_agent_reqwest")).with_file_name("llm-server")
}

#[test]
#[ignore = "scripts/test --all has it: llm-server takes minutes to build"]
fn agents_at_once_overlap_on_servers_with_set_times() {
    let program = llm_server();
    let data = data();
    let arguments = ["--tokens", "12", "--first-token-ms", "80", "--gap-ms", "10", "--spin-us", "0"];
    for name in IMPLEMENTATIONS {
        let servers = [(); 2].map(|()| Server::start(&program, &arguments));
        let parameters = TwoAgents { model: Some(servers[0].model.clone()), ..TwoAgents::default() };
        let ran = run(name, data.path(), &servers.each_ref().map(|server| server.url.clone()), &parameters);
        assert!(ran.output.status.success(), "{name}: {}", ran.stderr());
        for round in ran.lines("timings") {
            for call in round["calls"].as_array().expect("calls") {
                assert_eq!(call["token_ns"].as_array().map(Vec::len), Some(12), "{name}: every token");
            }
        }
        // Each agent waits 2 × 190 ms for its server: together they can save nearly half.
        assert!(ran.metric("concurrency_speedup") > 1.0, "{name}: {}", ran.metric("concurrency_speedup"));
        assert!(ran.metric("overlap") > 1.0, "{name}");
    }
}

#[test]
#[ignore = "scripts/test --all has it: llm-server takes minutes to build"]
fn the_same_seed_gives_the_same_answers_from_a_model_in_every_way() {
    let program = llm_server();
    let model = tempfile::tempdir().expect("a temporary folder");
    let forge = ["forge", "--shape", "llama-tiny", "--seed", "7", "--out"];
    assert!(Command::new(&program).args(forge).arg(model.path()).status().expect("llm-server").success());
    let data = data();
    let folder = format!("m={}", model.path().display());
    let servers = [(); 2].map(|()| Server::start(&program, &["--model", &folder, "--threads", "1"]));
    let urls = servers.each_ref().map(|server| server.url.clone());
    let parameters = TwoAgents { num_predict: 8, ..TwoAgents::default() };
    let all: Vec<_> = IMPLEMENTATIONS.iter().map(|name| run(name, data.path(), &urls, &parameters)).collect();
    for ran in &all {
        assert!(ran.output.status.success(), "{}: {}", ran.name, ran.stderr());
        assert_eq!(ran.lines("exchanges"), all[0].lines("exchanges"), "{}", ran.name);
    }
}
