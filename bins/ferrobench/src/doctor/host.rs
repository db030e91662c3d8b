//! What the kernel tells in files. The tests read a made-up /proc and /sys the same way.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use measure::pseudo_files;

pub(super) struct Host {
    root: PathBuf,
}

impl Host {
    pub(super) fn here() -> Self {
        Self { root: PathBuf::from("/") }
    }

    #[cfg(test)]
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// `path` without the slash in front.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        pseudo_files::text(self.path(path))
    }

    pub(super) fn number<T: FromStr>(&self, path: &str) -> Option<T> {
        pseudo_files::number(self.path(path))
    }

    pub(super) fn entries(&self, folder: &str, prefix: &str) -> Vec<PathBuf> {
        pseudo_files::entries(&self.path(folder).to_string_lossy(), prefix)
    }
}

/// The first line that a program prints, on whichever stream it prints it.
pub(super) fn first_line(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    line.filter(|_| output.status.success())
}

/// The first number with dots in a program's words: 17.0.15 of `openjdk version "17.0.15"`.
pub(super) fn version_in(text: &str) -> Option<&str> {
    let word = |part: &&str| part.contains('.') && part.starts_with(|first: char| first.is_ascii_digit());
    text.split(|character: char| !character.is_ascii_digit() && character != '.').find(word)
}

/// Whether a version is at least a minimum, part by part.
pub(super) fn at_least(version: &str, minimum: &str) -> bool {
    let parts = |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
    parts(version) >= parts(minimum)
}

/// `1.5 GiB`, `12 MiB`.
pub(super) fn bytes(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    if bytes >= 1 << 30 {
        format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
    } else {
        format!("{} MiB", (bytes + MIB / 2) / MIB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_and_compared_by_their_parts() {
        for (words, version) in [
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0"),
            ("cc (Debian 12.2.0-14) 12.2.0", "12.2.0"),
            ("Python 3.11.2", "3.11.2"),
        ] {
            assert_eq!(version_in(words), Some(version));
        }
        assert_eq!(version_in("no version"), None);
        assert!(at_least("3.11.2", "3.11") && at_least("24.10", "24.10") && at_least("3.9.1", "3.9"));
        assert!(!at_least("3.9.18", "3.11") && !at_least("1.8.0", "17"));
    }
}
