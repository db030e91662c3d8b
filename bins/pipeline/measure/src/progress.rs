//! `.ferrobench/progress.log`: what goes on, a line each, for whoever looks on while it runs.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use schema::fault::{Fault, visible};
use schema::files::{cannot, create_folder, state_folder};

pub(crate) struct Progress {
    log: File,
    label: String,
}

impl Progress {
    pub(crate) fn open(root: &Path, label: &str) -> Result<Self, Fault> {
        let folder = state_folder(root);
        create_folder(&folder)?;
        let path = folder.join("progress.log");
        let log = OpenOptions::new().append(true).create(true).open(&path);
        Ok(Self { log: log.map_err(|error| cannot("write", &path, &error))?, label: label.to_owned() })
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// One write a line, so that lines of two processes never mix. A full disk does not end a
    /// measurement because of its progress line; the next record's write will say so.
    pub(crate) fn note(&self, what: &str) {
        let line = format!("{}: {}\n", visible(&self.label), visible(what));
        let _ = (&self.log).write_all(line.as_bytes());
    }

    /// Also on stderr, for whoever waits there.
    pub(crate) fn say(&self, what: &str) {
        self.note(what);
        eprintln!("{}: {}", visible(&self.label), visible(what));
    }
}
