//! Where a measurement was made: the checkout's commit and the scheduler's job.

use std::fs;
use std::path::Path;

/// Read from the files of git, without git: HEAD, then the branch that it names.
pub(crate) fn commit(root: &Path) -> Option<String> {
    let git = root.join(".git");
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(branch) = head.trim().strip_prefix("ref: ") else { return hash(head.trim()) };
    if let Ok(loose) = fs::read_to_string(git.join(branch)) {
        return hash(loose.trim());
    }
    let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
    packed.lines().find_map(|line| hash(line.strip_suffix(branch)?.trim()))
}

fn hash(text: &str) -> Option<String> {
    let hexadecimal = text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| text.to_owned())
}

pub(crate) fn scheduler_job() -> Option<String> {
    const NAMES: [&str; 4] = ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"];
    NAMES.into_iter().find_map(|name| std::env::var(name).ok().map(|job| format!("{name}={job}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_found_loose_packed_and_detached() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let git = root.path().join(".git");
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let write = |name: &str, text: &str| {
            let path = git.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(path, text).expect("written");
        };
        assert_eq!(commit(root.path()), None);
        write("HEAD", "ref: refs/heads/main\n");
        write("packed-refs", &format!("# packed\n{two} refs/heads/other\n{one} refs/heads/main\n"));
        assert_eq!(commit(root.path()), Some(one.clone()));
        write("refs/heads/main", &format!("{two}\n"));
        assert_eq!(commit(root.path()), Some(two));
        write("HEAD", &one);
        assert_eq!(commit(root.path()), Some(one));
    }
}
