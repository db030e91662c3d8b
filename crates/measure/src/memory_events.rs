//! Whether the kernel killed something because memory ran out.

use std::path::PathBuf;

use crate::pseudo_files::{field, text};

/// How often it happened so far: in this process's own memory cgroup where one can be read (so that
/// another container's trouble is not this run's), else on the whole machine.
pub fn kills() -> Option<u64> {
    let own = cgroup_files().into_iter().find_map(|file| count(&text(file)?));
    own.or_else(|| count(&text("/proc/vmstat")?))
}

fn count(text: &str) -> Option<u64> {
    field(text, "oom_kill")?.parse().ok()
}

/// cgroup v2's memory.events, v1's `memory.oom_control`.
fn cgroup_files() -> Vec<PathBuf> {
    let memberships = text("/proc/self/cgroup").unwrap_or_default();
    memberships.lines().filter_map(file_of).collect()
}

fn file_of(membership: &str) -> Option<PathBuf> {
    let mut parts = membership.splitn(3, ':');
    let (controllers, path) = (parts.nth(1)?, parts.next()?.trim_start_matches('/'));
    if controllers.is_empty() {
        return Some(PathBuf::from("/sys/fs/cgroup").join(path).join("memory.events"));
    }
    let memory = controllers.split(',').any(|controller| controller == "memory");
    memory.then(|| PathBuf::from("/sys/fs/cgroup/memory").join(path).join("memory.oom_control"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_cgroups_name_their_file() {
        assert_eq!(file_of("0::/user/a"), Some(PathBuf::from("/sys/fs/cgroup/user/a/memory.events")));
        assert_eq!(file_of("4:memory:/x"), Some(PathBuf::from("/sys/fs/cgroup/memory/x/memory.oom_control")));
        assert_eq!(file_of("8:pids:/"), None);
    }

    #[test]
    fn the_count_is_read_from_either_form() {
        assert_eq!(count("low 0\noom 1\noom_kill 3\n"), Some(3));
        assert_eq!(count("oom_kill_disable 0\nunder_oom 0\noom_kill 2"), Some(2));
        assert_eq!(count("low 0"), None);
    }
}
