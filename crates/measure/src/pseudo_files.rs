//! Reading /proc and /sys, where a file that is not there is an absent sensor and no fault.

use std::fs;
use std::path::Path;
use std::str::FromStr;

/// The file's text without the blanks around it; `None` where it cannot be read or is empty.
pub fn text(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

pub fn number<T: FromStr>(path: impl AsRef<Path>) -> Option<T> {
    text(path)?.parse().ok()
}

/// The value of `key` in a file of `key: value` lines (cpuinfo, meminfo, status) or of
/// `key value` lines (vmstat, memory.events).
pub fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':').or_else(|| line.split_once(' '))?;
        (name.trim() == key).then(|| value.trim()).filter(|value| !value.is_empty())
    })
}

/// A field of meminfo or status whose unit is kB, in bytes.
pub fn bytes_field(text: &str, key: &str) -> Option<u64> {
    let kibibytes: u64 = field(text, key)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The entries of a folder whose names begin with `prefix`, sorted; none where there is no folder.
pub fn entries(folder: &str, prefix: &str) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "MemTotal:       24684084 kB\nMemFree:  1 kB\noom_kill 3\nempty:\n";
        assert_eq!(bytes_field(text, "MemTotal"), Some(24_684_084 * 1024));
        assert_eq!(field(text, "oom_kill"), Some("3"));
        assert_eq!(field(text, "Mem"), None);
        assert_eq!(field(text, "empty"), None);
    }
}
