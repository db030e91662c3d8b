//! A tree of files as data: what it is by one digest, and how it is written.

use std::fs;
use std::path::Path;

use schema::data::DataTree;
use schema::digest::{self, Hasher};
use schema::fault::Fault;
use schema::files::{cannot, create_folder, write_whole};
use schema::id::Id;

/// Deeper folders are a loop or a mistake.
const DEPTH_MAX: usize = 64;

/// A file of a tree that is made here: its path with `/`, and its bytes.
pub type Made = (String, Vec<u8>);

/// Writes the files under `folder`/`name` and says what they are.
pub fn write(folder: &Path, name: &str, files: &[Made]) -> Result<DataTree, Fault> {
    for (path, bytes) in files {
        let path = folder.join(name).join(path);
        create_folder(path.parent().unwrap_or(folder))?;
        write_whole(&path, bytes)?;
    }
    describe(folder, name)
}

/// What lies in `folder`/`name` now. Only regular files count; a link or a pipe has no bytes to
/// measure, and a file that cannot be read is none for anybody.
pub fn describe(folder: &Path, name: &str) -> Result<DataTree, Fault> {
    let id = Id::new(name).map_err(|error| Fault::new(folder.display().to_string(), error.to_string()))?;
    let mut files = Vec::new();
    walk(&folder.join(name), "", 0, &mut files)?;
    files.sort();
    let mut hasher = Hasher::default();
    for (path, _, sha256) in &files {
        hasher.update(format!("{sha256}  {path}\n").as_bytes());
    }
    let bytes = files.iter().map(|(_, bytes, _)| bytes).sum();
    Ok(DataTree { name: id, path: name.to_owned(), files: files.len() as u64, bytes, sha256: hasher.finish() })
}

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<(String, u64, String)>) -> Result<(), Fault> {
    if depth >= DEPTH_MAX {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))? {
        let entry = entry.map_err(|error| cannot("read", folder, &error))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(|error| cannot("read", folder, &error))?);
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if kind.is_dir() {
            walk(&path, &format!("{name}/"), depth + 1, files)?;
        } else if kind.is_file()
            && let Ok(sha256) = digest::of_file(&path)
        {
            files.push((name, entry.metadata().map_or(0, |facts| facts.len()), sha256));
        }
    }
    Ok(())
}

/// That the tree in `folder` is the one that its manifest means.
pub fn verify(folder: &Path, tree: &DataTree) -> Result<(), Fault> {
    let place = folder.join(&tree.path).display().to_string();
    if tree.path != tree.name.as_str() {
        return Err(Fault::new(place, "a tree's folder has the tree's own name"));
    }
    let found = describe(folder, &tree.path)?;
    if found == *tree {
        return Ok(());
    }
    let (here, planned) = (in_words(&found), in_words(tree));
    Err(Fault::new(place, format!("holds {here} where its manifest says {planned}"))
        .hint("the data are damaged; make them again with `prepare data`"))
}

fn in_words(tree: &DataTree) -> String {
    format!("{} files of {} bytes with sha256 {}", tree.files, tree.bytes, tree.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_what_its_paths_and_bytes_are() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = [("b/x.csv".to_owned(), b"1".to_vec()), ("a.md".to_owned(), b"22".to_vec())];
        let tree = write(folder.path(), "corpus", &files).expect("written");
        assert_eq!((tree.files, tree.bytes), (2, 3));
        let lines = format!("{}  a.md\n{}  b/x.csv\n", digest::of_bytes(b"22"), digest::of_bytes(b"1"));
        assert_eq!(tree.sha256, digest::of_bytes(lines.as_bytes()));
        verify(folder.path(), &tree).expect("as it was written");
        let damages: [fn(&Path); 3] = [
            |corpus| fs::write(corpus.join("a.md"), "23").expect("written"),
            |corpus| fs::rename(corpus.join("a.md"), corpus.join("c.md")).expect("renamed"),
            |corpus| fs::remove_file(corpus.join("c.md")).expect("removed"),
        ];
        for damage in damages {
            damage(&folder.path().join("corpus"));
            let fault = verify(folder.path(), &tree).expect_err("another tree");
            assert!(fault.what.contains("where its manifest says 2 files of 3 bytes"), "{fault}");
        }
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tree = write(folder.path(), "corpus", &[("a.md".to_owned(), b"22".to_vec())]).expect("written");
        std::os::unix::fs::symlink("/", folder.path().join("corpus/root")).expect("linked");
        verify(folder.path(), &tree).expect("the same files");
    }
}
