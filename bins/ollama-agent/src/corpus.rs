//! A tree of CSV, JSON and Markdown files: found, read, and summed up in text. What cannot be read
//! is counted with its reason and left out; nothing in a tree can stop the agent.

mod read;
mod summary;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub use read::{Facts, ingest};
pub use summary::summarise;

/// Larger files are no notes and no tables of results.
pub const FILE_BYTES_MAX: u64 = 1 << 20;
/// Deeper folders are a loop or a mistake.
const DEPTH_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Csv,
    Json,
    Markdown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the tree, as text.
    pub name: String,
    pub path: PathBuf,
    pub kind: Kind,
    pub bytes: u64,
}

/// Reasons, with how many files each has left out.
pub type Skipped = BTreeMap<&'static str, u32>;

/// Every file of a known kind, in the order of their names' bytes. Links are not followed.
pub fn scan(tree: &Path) -> (Vec<Found>, Skipped) {
    let (mut found, mut skipped) = (Vec::new(), Skipped::new());
    walk(tree, tree, 0, &mut found, &mut skipped);
    found.sort_by(|left, right| left.name.as_bytes().cmp(right.name.as_bytes()));
    (found, skipped)
}

fn walk(tree: &Path, folder: &Path, depth: usize, found: &mut Vec<Found>, skipped: &mut Skipped) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) if depth < DEPTH_MAX => entries,
        Ok(_) => return count(skipped, "too deep"),
        Err(_) => return count(skipped, "unreadable"),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else {
            count(skipped, "unreadable");
            continue;
        };
        if kind.is_dir() {
            walk(tree, &path, depth + 1, found, skipped);
        } else if kind.is_symlink() {
            count(skipped, "a link");
        } else if !kind.is_file() {
            count(skipped, "no regular file");
        } else {
            match file(tree, path) {
                Ok(file) => found.push(file),
                Err(reason) => count(skipped, reason),
            }
        }
    }
}

fn file(tree: &Path, path: PathBuf) -> Result<Found, &'static str> {
    let kind = match path.extension().map(OsStrExt::as_bytes) {
        Some(b"csv") => Kind::Csv,
        Some(b"json") => Kind::Json,
        Some(b"md") => Kind::Markdown,
        _ => return Err("another kind"),
    };
    let bytes = path.metadata().map_err(|_| "unreadable")?.len();
    if bytes > FILE_BYTES_MAX {
        return Err("too large");
    }
    let name = path.strip_prefix(tree).ok().and_then(Path::to_str).ok_or("a name that is no UTF-8")?.to_owned();
    Ok(Found { name, path, kind, bytes })
}

pub(crate) fn count(skipped: &mut Skipped, reason: &'static str) {
    *skipped.entry(reason).or_default() += 1;
}

#[cfg(test)]
mod tests;
