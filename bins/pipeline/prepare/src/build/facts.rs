//! Counts that a report shows beside the timings.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Lines of an implementation's own file that are neither blank nor comment, counted alike in both
/// languages: `//` and `/* */` in Rust; `#` and strings that stand alone (docstrings) in Python.
pub(super) fn lines_of_code(source: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(source).ok()?;
    let python = source.extension().is_some_and(|extension| extension == "py");
    Some(if python { python_lines(&text) } else { rust_lines(&text) })
}

fn rust_lines(text: &str) -> u32 {
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
        let python =
            "\"\"\"One.\n\nMore.\n\"\"\"\nimport a\n\n\ndef f():\n    \"\"\"Doc.\"\"\"\n    # why\n    return a  # b\n";
        assert_eq!(python_lines(python), 3);
    }

    #[test]
    fn packages_are_counted_once_and_the_workspaces_own_not_at_all() {
        let tree = "regression v0.1.0 (/x/bins/regression)\nserde v1.0.1\nlibc v0.2.1\nserde v1.0.1 (*)\nproc v1.0.0 (proc-macro)\n";
        assert_eq!(foreign_packages(tree), 3);
    }
}
