//! What earlier runs left in this checkout and on this host.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use measure::lock::HOST_WIDE;
use schema::files::state_folder;

use super::finding::Finding;
use super::host::bytes;

pub(super) fn look(root: &Path) -> Vec<Finding> {
    let state = state_folder(root);
    vec![lock(Path::new(HOST_WIDE)), attempts(&state), store(&state)]
}

/// Tried and let go at once; a `measure` that waits tries again in a tenth of a second.
fn lock(path: &Path) -> Finding {
    let Ok(file) = File::open(path) else { return Finding::good("measuring lock", "free") };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(path).unwrap_or_default();
            let holder = holder.trim().splitn(3, ' ').collect::<Vec<_>>();
            let seen = match holder[..] {
                [pid, _, purpose] => format!("held by process {pid}: {purpose}"),
                _ => "held".to_owned(),
            };
            Finding::note("measuring lock", seen, "another measurement runs on this host; a new one waits for its end")
        }
        _ => Finding::good("measuring lock", "free"),
    }
}

/// Attempts that no process works on: one that does holds the lock.
fn attempts(state: &Path) -> Finding {
    let folder = state.join("attempts");
    let attempts = folders(&folder).flat_map(|block| folders(&block).collect::<Vec<_>>()).count();
    if attempts == 0 {
        return Finding::good("unfinished attempts", "none");
    }
    let seen = format!("{attempts}, {}", bytes(size(&folder)));
    let means = "runs of blocks that were interrupted: counted in the report, never analysed";
    Finding::note("unfinished attempts", seen, means).remedy("rm -r .ferrobench/attempts (when nothing is measuring)")
}

fn store(state: &Path) -> Finding {
    let folder = state.join("blocks");
    let blocks = folders(&folder).count();
    let seen = format!("{blocks} finished block{}, {}", if blocks == 1 { "" } else { "s" }, bytes(size(&folder)));
    Finding::good("block store", seen)
}

fn folders(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_dir())
}

/// The bytes of all regular files below; links are not followed.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_held_lock_names_its_holder_and_a_left_one_is_free() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        assert_eq!(lock(&path).state, State::Good);
        fs::write(&path, "4711 99 study default, block b\n").expect("written");
        assert_eq!(lock(&path).state, State::Good, "its process is gone");
        let held = File::open(&path).expect("opened");
        held.lock().expect("locked");
        let found = lock(&path);
        assert_eq!((found.state, found.seen.as_str()), (State::Note, "held by process 4711: study default, block b"));
    }

    #[test]
    fn attempts_and_blocks_are_counted_with_their_size() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let state = folder.path();
        assert_eq!(attempts(state).state, State::Good);
        for path in ["attempts/k1/1", "attempts/k1/2", "attempts/k2/1", "blocks/k3"] {
            fs::create_dir_all(state.join(path)).expect("made");
            fs::write(state.join(path).join("records.jsonl"), vec![0; 1 << 20]).expect("written");
        }
        assert_eq!(attempts(state).seen, "3, 3 MiB");
        assert_eq!(store(state).seen, "1 finished block, 1 MiB");
    }
}
