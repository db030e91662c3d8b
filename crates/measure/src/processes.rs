//! Who else uses the processor: two looks at all processes, and what lies between them.

use std::collections::BTreeMap;

use schema::record::OtherProcess;

use crate::pseudo_files::{entries, text};
use crate::tree;

const TICK_NS: f64 = 10_000_000.0; // USER_HZ is 100 for user space on Linux

/// CPU time of each process but this one, in ticks.
#[derive(Clone, Debug)]
pub struct Look(BTreeMap<i32, u64>);

impl Look {
    pub fn take() -> Self {
        let own = std::process::id().cast_signed();
        let pids = entries("/proc", "").into_iter().filter_map(|path| path.file_name()?.to_str()?.parse::<i32>().ok());
        Self(pids.filter(|pid| *pid != own).filter_map(|pid| Some((pid, tree::cpu_ticks(pid)?))).collect())
    }

    /// The process that used most of the CPU in the `window_ns` up to the later look, of those that
    /// are still there; one that began meanwhile counts from its beginning.
    pub fn most_until(&self, later: &Self, window_ns: u64) -> Option<OtherProcess> {
        let used = |(pid, ticks): (&i32, &u64)| (ticks - self.0.get(pid).unwrap_or(&0).min(ticks), *pid);
        let (ticks, pid) = later.0.iter().map(used).max()?;
        if ticks == 0 || window_ns == 0 {
            return None;
        }
        let name = text(format!("/proc/{pid}/comm"))?;
        Some(OtherProcess { name, cpu_percent: ticks as f64 * TICK_NS * 100.0 / window_ns as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_is_named_with_its_share_of_one_core() {
        let parent = std::os::unix::process::parent_id().cast_signed();
        let (before, after) = (Look(BTreeMap::from([(parent, 100)])), Look(BTreeMap::from([(parent, 150), (1, 3)])));
        let most = before.most_until(&after, 1_000_000_000).expect("the parent is there");
        assert!((most.cpu_percent - 50.0).abs() < 1e-9, "{most:?}");
        assert_eq!(Some(most.name), text(format!("/proc/{parent}/comm")));
    }

    #[test]
    fn where_nothing_was_used_nobody_is_named() {
        let look = Look(BTreeMap::from([(1, 7)]));
        assert_eq!(look.most_until(&look.clone(), 1_000_000_000), None);
        assert!(!Look::take().0.contains_key(&std::process::id().cast_signed()));
    }
}
