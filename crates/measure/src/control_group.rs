//! Limits of the control groups (version 2) above this process, read from files as the kernel keeps them.

use std::path::{Path, PathBuf};

use crate::pseudo_files;

/// What may be used here at most; absent where nothing above this process limits it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub memory_bytes: Option<u64>,
    /// Cores' worth of time.
    pub cpus: Option<f64>,
}

/// The tightest limits, below the root folder `/` or a test's.
pub fn limits(root: &Path) -> Limits {
    let own = pseudo_files::text(root.join("proc/self/cgroup")).unwrap_or_default();
    let path = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let folders: Vec<PathBuf> =
        Path::new(path).ancestors().map(|folder| root.join("sys/fs/cgroup").join(folder)).collect();
    let each = |file: &'static str| folders.iter().filter_map(move |folder| pseudo_files::text(folder.join(file)));
    Limits {
        memory_bytes: each("memory.max").filter_map(|text| text.parse().ok()).min(),
        cpus: each("cpu.max").filter_map(|text| quota(&text)).reduce(f64::min),
    }
}

/// `QUOTA PERIOD` in cores.
fn quota(text: &str) -> Option<f64> {
    let (quota, period) = text.split_once(' ')?;
    Some(quota.parse::<f64>().ok()? / period.trim().parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_tightest_group_above_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        };
        assert_eq!(limits(folder.path()), Limits::default());
        write("proc/self/cgroup", "0::/a/b\n");
        write("sys/fs/cgroup/a/memory.max", "1073741824\n");
        write("sys/fs/cgroup/a/b/memory.max", "max\n");
        write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
        write("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
        assert_eq!(limits(folder.path()), Limits { memory_bytes: Some(1 << 30), cpus: Some(1.5) });
    }
}
