//! Counts that a report shows beside the timings.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Lines of an implementation's own file that are neither blank nor comment, counted alike in both
/// languages: `//` and `/* */` in Rust; `#` and strings that stand alone (docstrings) in Python.
pub(super) fn lines_of_code(source: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(source).ok()?;
    let python = source.extension().is_some_and(|extension| extension == "py");
    Some(if python { python_lines(&text) } else { rust_lines(&text) })
}

fn rust_lines(text: &str) -> u32 {
    // A file's own tests stand at its end.
    let text = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut in_comment = false;
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        if in_comment {
            in_comment = !line.contains("*/");
        } else if let Some(rest) = line.strip_prefix("/*") {
            in_comment = !rest.contains("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            count += 1;
        }
    }
    count
}

fn python_lines(text: &str) -> u32 {
    const QUOTES: &str = "\"\"\"";
    let mut in_string = false;
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        if in_string {
            in_string = !line.contains(QUOTES);
        } else if let Some(rest) = line.strip_prefix(QUOTES) {
            in_string = !rest.contains(QUOTES);
        } else if !line.is_empty() && !line.starts_with('#') {
            count += 1;
        }
    }
    count
}

/// Packages in the output of `cargo tree --prefix none --format {p}` that come from elsewhere: one
/// of the workspace shows its folder in parentheses.
pub(super) fn foreign_packages(tree: &str) -> u32 {
    let names: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim().trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty() && !line.contains("(/"))
        .collect();
    u32::try_from(names.len()).unwrap_or(u32::MAX)
}

/// The folders of the workspace's own packages in such an output.
pub(super) fn own_folders(tree: &str) -> impl Iterator<Item = PathBuf> + '_ {
    tree.lines().filter_map(|line| {
        let (_, rest) = line.split_once("(/")?;
        Some(PathBuf::from(format!("/{}", rest.split(')').next()?)))
    })
}

/// Lines of a crate's sources without its tests.
pub(super) fn lines_of_crate(folder: &Path) -> Option<u32> {
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).ok()?.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "tests" {
            lines += lines_of_crate(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            lines += lines_of_code(&path)?;
        }
    }
    Some(lines)
}

/// Distributions that are installed in a Python environment.
pub(super) fn installed_distributions(environment: &Path) -> Option<u32> {
    let mut count = 0;
    for version in std::fs::read_dir(environment.join("lib")).ok()?.filter_map(Result::ok) {
        let Ok(packages) = std::fs::read_dir(version.path().join("site-packages")) else { continue };
        let installed = packages.filter_map(Result::ok).filter(|entry| {
            Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "dist-info")
        });
        count += u32::try_from(installed.count()).ok()?;
    }
    Some(count)
}

/// The bytes of all regular files under a folder; links are not followed.
pub(super) fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            bytes += folder_bytes(&entry.path())?;
        } else if kind.is_file() {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_and_comments_are_no_code() {
        let rust = "//! Doc.\n\nuse a;\n/* one\n two */\n/* three */\nfn main() {\n    // why\n    a(); // b\n}\n";
        assert_eq!(rust_lines(rust), 4);
        assert_eq!(rust_lines(&format!("{rust}\n#[cfg(test)]\nmod tests {{}}\n")), 4);
        let python =
            "\"\"\"One.\n\nMore.\n\"\"\"\nimport a\n\n\ndef f():\n    \"\"\"Doc.\"\"\"\n    # why\n    return a  # b\n";
        assert_eq!(python_lines(python), 3);
    }

    #[test]
    fn packages_are_counted_once_and_the_workspaces_own_not_at_all() {
        let tree = "regression v0.1.0 (/x/bins/regression)\nserde v1.0.1\nlibc v0.2.1\nserde v1.0.1 (*)\nproc v1.0.0 (proc-macro)\n";
        assert_eq!(foreign_packages(tree), 3);
        assert_eq!(own_folders(tree).collect::<Vec<_>>(), [Path::new("/x/bins/regression")]);
    }

    #[test]
    fn a_crates_lines_are_those_of_its_sources_without_tests() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (file, text) in
            [("lib.rs", "mod a;\n"), ("a/b.rs", "// why\nfn b() {}\n"), ("tests.rs", "x\n"), ("tests/c.rs", "x\n")]
        {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        assert_eq!(lines_of_crate(folder.path()), Some(2));
    }
}
