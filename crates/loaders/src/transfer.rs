//! A person's file, copied or fetched once, and its checksum taken from the very bytes that are
//! kept: what is read later is what was checked.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use datasets::external;
use schema::config::DatasetFile;
use schema::digest::Hasher;
use schema::fault::{Fault, Faults};
use schema::files::cannot;

use crate::fetch;

/// What lies at the place that [`obtain`] was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obtained {
    pub bytes: u64,
    pub sha256: String,
    /// Where it came from in the end, where it was fetched.
    pub url: Option<String>,
}

/// Bytes and time that a source may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes_max: u64,
    /// For a connection, for an answer, and between two pieces of it.
    pub wait: Duration,
    pub total: Duration,
    /// From `wait` on it has to have brought this much a second.
    pub bytes_a_second_min: u64,
}

impl Limits {
    pub fn of_bytes(bytes_max: u64) -> Self {
        let (wait, total) = (Duration::from_secs(30), Duration::from_mins(30));
        Self { bytes_max, wait, total, bytes_a_second_min: 1 << 10 }
    }
}

/// Copies or fetches `file` to `to`. A relative path starts at `root`.
pub fn obtain(file: &DatasetFile, root: &Path, to: &Path, limits: &Limits) -> Result<Obtained, Faults> {
    external::check(file, "")?;
    let (obtained, place) = match (&file.path, &file.url) {
        (Some(path), _) => (copy(&root.join(path), to, limits)?, path.clone()),
        (None, url) => {
            let url = url.clone().unwrap_or_default();
            (fetch::fetch(&url, to, limits)?, external::shown_url(&url))
        }
    };
    match &file.sha256 {
        Some(expected) if *expected != obtained.sha256 => Err(wrong_checksum(&obtained, expected, &place, to).into()),
        _ => Ok(obtained),
    }
}

fn copy(path: &Path, to: &Path, limits: &Limits) -> Result<Obtained, Fault> {
    let (mut file, _) = external::open(path, limits.bytes_max)?;
    let place = path.display().to_string();
    let mut sink = Sink::create(to, &place, limits)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut piece).map_err(|error| cannot("read", path, &error))?;
        if read == 0 {
            return sink.finish(None);
        }
        sink.put(&piece[..read])?;
    }
}

fn wrong_checksum(obtained: &Obtained, expected: &str, place: &str, kept: &Path) -> Fault {
    let Obtained { bytes, sha256, url } = obtained;
    let what = format!("has sha256 {sha256} ({bytes} bytes) where {expected} is expected");
    let fault = Fault::new(place, what);
    let start = crate::start(kept).unwrap_or_default();
    match (crate::other_kind(&start), url) {
        (Some(("an HTML page", _)), Some(_)) => {
            fault.hint("the server sent an HTML page, perhaps to log in or to agree; fetch the file by hand")
        }
        (_, Some(_)) => fault.hint("it is not the file that the checksum is of; fetch it by hand and look"),
        (_, None) => fault.hint("the file was changed, or the checksum is of another"),
    }
}

/// Where the bytes go, counted and hashed on their way.
pub(crate) struct Sink<'a> {
    file: File,
    path: &'a Path,
    place: &'a str,
    limits: &'a Limits,
    hasher: Hasher,
    bytes: u64,
    begin: Instant,
}

impl<'a> Sink<'a> {
    pub(crate) fn create(path: &'a Path, place: &'a str, limits: &'a Limits) -> Result<Self, Fault> {
        let file = File::create(path).map_err(|error| cannot("write", path, &error))?;
        Ok(Self { file, path, place, limits, hasher: Hasher::default(), bytes: 0, begin: Instant::now() })
    }

    pub(crate) fn put(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.bytes += piece.len() as u64;
        external::check_length(self.bytes.max(1), self.limits.bytes_max, self.place).map_err(|fault| {
            let what = format!("goes on after {} bytes, the most that are read", self.limits.bytes_max);
            Fault { what, ..fault }
        })?;
        self.hasher.update(piece);
        self.file.write_all(piece).map_err(|error| cannot("write", self.path, &error))
    }

    /// A source that trickles would keep a study waiting for ever.
    pub(crate) fn check_pace(&self) -> Result<(), Fault> {
        let taken = self.begin.elapsed();
        let (seconds, bytes) = (taken.as_secs_f64(), self.bytes);
        let slow = taken > self.limits.wait && (bytes as f64) < self.limits.bytes_a_second_min as f64 * seconds;
        if taken <= self.limits.total && !slow {
            return Ok(());
        }
        Err(Fault::new(self.place, format!("brought {bytes} bytes in {seconds:.0} s, which is too slow"))
            .hint("fetch the file by hand and give its path"))
    }

    pub(crate) fn finish(self, url: Option<String>) -> Result<Obtained, Fault> {
        if self.bytes == 0 {
            return Err(Fault::new(self.place, "is empty"));
        }
        self.file.sync_all().map_err(|error| cannot("write", self.path, &error))?;
        Ok(Obtained { bytes: self.bytes, sha256: self.hasher.finish(), url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::tests::{QUICK, ok, says};

    fn try_obtain(text: &str) -> Result<Obtained, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("my.csv"), "a,y\n1,2\n").expect("written");
        let to = folder.path().join("copy");
        obtain(&external::parse(text), folder.path(), &to, &QUICK).map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_path_starts_at_the_root_and_its_checksum_is_taken_or_checked() {
        let sha256 = schema::digest::of_bytes(b"a,y\n1,2\n");
        let obtained = try_obtain("my.csv").expect("copied");
        assert_eq!(obtained, Obtained { bytes: 8, sha256: sha256.clone(), url: None });
        try_obtain(&format!("my.csv#sha256={sha256}")).expect("the same");
        let other = try_obtain(&format!("my.csv#sha256={}", "0".repeat(64))).expect_err("refused");
        assert!(other.contains(&sha256) && other.contains("the file was changed"), "{other}");
    }

    #[test]
    fn what_a_server_sends_in_the_place_of_the_file_is_refused() {
        let right = schema::digest::of_bytes(b"a,y\n1,2\n");
        try_obtain(&format!("{}/my.csv#sha256={right}", says(ok("a,y\n1,2\n")))).expect("fetched");
        let page = says(ok("<!DOCTYPE html><html><body>Sign in"));
        let text = try_obtain(&format!("{page}/my.csv#sha256={right}")).expect_err("refused");
        assert!(text.contains("the server sent an HTML page"), "{text}");
        let other = says(ok("a,y\n1,3\n"));
        let text = try_obtain(&format!("{other}/my.csv#sha256={right}")).expect_err("refused");
        assert!(text.contains(&format!("where {right} is expected")), "{text}");
    }
}
