//! The write rule: a file is whole under its final name or it is not there. A temporary file in
//! the same folder is written, synced and renamed, then the folder is synced: without the syncs
//! ext4 may leave an empty file under the final name after a crash.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::fault::Fault;

/// Configuration and documents larger than this are refused before they are parsed.
pub const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// Writes `bytes` whole under `path`, or leaves what was there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write_whole_with(path, |file| file.write_all(bytes))
}

/// As [`write_whole`], for content that is produced piece by piece.
pub fn write_whole_with(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Fault> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = folder.join(temporary_name(path));
    let written = File::create(&temporary).and_then(|mut file| {
        fill(&mut file)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = renamed {
        let _ = fs::remove_file(&temporary);
        return Err(cannot("write", path, &error));
    }
    sync_folder(folder)
}

pub fn sync_folder(folder: &Path) -> Result<(), Fault> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(|error| cannot("sync", folder, &error))
}

/// Unique among processes: two writers of one name never share a temporary file.
fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let short: String = name.chars().take(100).collect();
    PathBuf::from(format!(".{short}.{}.partial", std::process::id()))
}

/// Reads a whole file of at most `limit` bytes.
pub fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    let file = File::open(path).map_err(|error| cannot("read", path, &error))?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| cannot("read", path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(Fault::new(path.display().to_string(), format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

pub fn create_folder(path: &Path) -> Result<(), Fault> {
    fs::create_dir_all(path).map_err(|error| cannot("create", path, &error))
}

/// A system error about a path, with the remedy where the kind of error has one.
pub fn cannot(action: &str, path: &Path, error: &io::Error) -> Fault {
    let fault = Fault::new(path.display().to_string(), format!("cannot {action}: {error}"));
    match error.kind() {
        io::ErrorKind::PermissionDenied => fault.hint("give the path write permission, or choose another folder"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            fault.hint("free some space and start again with -resume; nothing finished is lost")
        }
        _ => fault,
    }
}

/// The project's root: the nearest folder above `start` with a Cargo.toml and a main.nf.
pub fn project_root(start: &Path) -> Result<PathBuf, Fault> {
    let absolute = fs::canonicalize(start).map_err(|error| cannot("open", start, &error))?;
    absolute
        .ancestors()
        .find(|folder| folder.join("Cargo.toml").is_file() && folder.join("main.nf").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Fault::new(
                start.display().to_string(),
                "not inside a Ferrobench checkout (no Cargo.toml with main.nf above it)",
            )
            .hint("change into the checkout, or name it with --root")
        })
}

/// Where a checkout keeps what it makes: environment, executables, data, blocks, certificates.
pub fn state_folder(root: &Path) -> PathBuf {
    root.join(".ferrobench")
}

/// The file `path` of an implementation, block or request: relative paths start at the root.
pub fn from_root(root: &Path, path: &str) -> PathBuf {
    root.join(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.json");
        write_whole(&path, b"old").expect("the first write");
        let failed = write_whole_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        let fault = failed.expect_err("the fill failed");
        assert!(fault.hint.is_some_and(|hint| hint.contains("free some space")));
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        write_whole(&path, &[0; 11]).expect("written");
        assert!(read_at_most(&path, 10).is_err());
        assert_eq!(read_at_most(&path, 11).expect("read").len(), 11);
    }
}
