//! The store of executables: what a block names stays as it was built, whatever is built later.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::digest;
use crate::fault::Fault;
use crate::files::{cannot, create_folder, state_folder, write_whole_with};
use crate::id::Id;
use crate::implementation::FileDigest;

/// Copies `from` to `.ferrobench/executables/<first 16 of its sha256>/<name>`, unless it is there.
pub fn store(root: &Path, from: &Path, name: &str) -> Result<FileDigest, Fault> {
    let sha256 = digest::of_file(from)?;
    let path = state_folder(root).join("executables").join(&sha256[..16]).join(name);
    if digest::of_file(&path).is_ok_and(|stored| stored == sha256) {
        return Ok(FileDigest { path: relative(root, &path), sha256 });
    }
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let mut source = File::open(from).map_err(|error| cannot("read", from, &error))?;
    write_whole_with(&path, |file| {
        io::copy(&mut source, file)?;
        file.set_permissions(Permissions::from_mode(0o755))
    })?;
    if digest::of_file(&path)? != sha256 {
        return Err(Fault::new(from.display().to_string(), "changed while it was copied"));
    }
    Ok(FileDigest { path: relative(root, &path), sha256 })
}

/// What a script of a task reads besides itself, relative to the root: the module that the task's Python
/// implementations share, `<task>.py`, and the JSON files in the task's folder.
pub fn beside(root: &Path, script: &Path, task: &Id) -> Vec<PathBuf> {
    let Some(programs) = script.parent() else { return Vec::new() };
    let mut found = vec![programs.join(format!("{task}.py"))];
    let folder = programs.ancestors().nth(2).unwrap_or(programs);
    let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    let mut texts: Vec<PathBuf> = entries.map(|entry| folder.join(entry.file_name())).collect();
    texts.sort();
    let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    found.extend(texts.into_iter().filter(|path| is_json(path) && !path.ends_with("task.json")));
    found.retain(|path| path != script && root.join(path).is_file());
    found
}

/// A file as a document names it, with its digest.
pub fn digest_of(root: &Path, path: &Path) -> Result<FileDigest, Fault> {
    Ok(FileDigest { path: relative(root, path), sha256: digest::of_file(path)? })
}

/// Relative to the root where it lies inside, else as it is.
fn relative(root: &Path, path: &Path) -> String {
    let real = || fs::canonicalize(path).ok()?.strip_prefix(fs::canonicalize(root).ok()?).ok().map(Path::to_path_buf);
    let inside =
        path.strip_prefix(root).ok().map(Path::to_path_buf).or_else(real).unwrap_or_else(|| path.to_path_buf());
    inside.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_executable_can_run_and_a_damaged_one_is_written_again() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let built = root.path().join("built");
        fs::write(&built, "#!/bin/sh\n").expect("written");
        let stored = store(root.path(), &built, "tool").expect("stored");
        assert_eq!(stored.path, format!(".ferrobench/executables/{}/tool", &stored.sha256[..16]));
        let path = root.path().join(&stored.path);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o755);
        fs::write(&path, "damaged").expect("written");
        assert_eq!(store(root.path(), &built, "tool").expect("stored again"), stored);
        assert_eq!(fs::read(&path).expect("read"), b"#!/bin/sh\n");
    }
}
