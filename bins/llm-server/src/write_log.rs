//! When each token was written: one line of JSON a request, for those who check a client's clock.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use schema::fault::Fault;
use schema::files;
use serde::Serialize;

use crate::clock::monotonic_ns;

/// Numbers the generations, and logs them where a file was asked for.
pub(crate) struct WriteLog {
    file: Option<Mutex<File>>,
    requests: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    Whole,
    /// By a fault of the script.
    Cut,
    /// The client went away.
    Abandoned,
}

/// One generation; its line is written when it goes.
pub(crate) struct Entry {
    log: Arc<WriteLog>,
    line: Line,
}

/// Times on `CLOCK_MONOTONIC`.
#[derive(Serialize)]
struct Line {
    request: u64,
    path: String,
    received_ns: u64,
    tokens_ns: Vec<u64>,
    ended_ns: u64,
    ended: Ended,
}

impl WriteLog {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Fault> {
        let create = |path: &Path| File::create(path).map_err(|error| files::cannot("create", path, &error));
        Ok(Self { file: path.map(create).transpose()?.map(Mutex::new), requests: AtomicU64::new(0) })
    }

    pub(crate) fn begin(self: &Arc<Self>, path: &str) -> Entry {
        let line = Line {
            request: self.requests.fetch_add(1, Ordering::Relaxed),
            path: path.to_owned(),
            received_ns: monotonic_ns(),
            tokens_ns: Vec::new(),
            ended_ns: 0,
            ended: Ended::Abandoned,
        };
        Entry { log: Arc::clone(self), line }
    }
}

impl Entry {
    pub(crate) fn request(&self) -> u64 {
        self.line.request
    }

    pub(crate) fn token_written(&mut self) {
        if self.log.file.is_some() {
            self.line.tokens_ns.push(monotonic_ns());
        }
    }

    pub(crate) fn ended(&mut self, how: Ended) {
        self.line.ended = how;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(file) = &self.log.file else { return };
        self.line.ended_ns = monotonic_ns();
        let mut text = serde_json::to_vec(&self.line).unwrap_or_default();
        text.push(b'\n');
        if let Ok(mut file) = file.lock()
            && let Err(error) = file.write_all(&text)
        {
            eprintln!("warning: the log of writes: {error}");
        }
    }
}
