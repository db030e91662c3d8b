//! The run's process tree, sampled from /proc: memory, threads and processes.

use std::fs;

/// Field numbers of /proc/PID/stat, counted from the one after the command's closing parenthesis
/// (`proc_pid_stat(5)`: 4 parent, 14 user and 15 system time, 20 threads, 22 start time, 24 resident pages).
const PARENT: usize = 1;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;
const THREADS: usize = 17;
const START_TICKS: usize = 19;
const RSS_PAGES: usize = 21;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    pub rss_bytes: u64,
    pub threads: u32,
    pub processes: u32,
}

/// The sum over all descendants of `root`, without `root`; `None` when there are none.
pub fn sample(root: i32, page_bytes: u64, pids: &mut Vec<i32>) -> Option<Sample> {
    descendants(root, pids);
    let mut sum = Sample::default();
    for pid in pids.iter() {
        let Some(stat) = stat(*pid) else { continue };
        let number = |field: usize| stat.split(' ').nth(field)?.parse::<u64>().ok();
        sum.rss_bytes += number(RSS_PAGES).unwrap_or(0) * page_bytes;
        sum.threads += number(THREADS).unwrap_or(0) as u32;
        sum.processes += 1;
    }
    (sum.processes > 0).then_some(sum)
}

fn descendants(root: i32, found: &mut Vec<i32>) {
    found.clear();
    found.extend(children(root));
    let mut next = 0;
    while next < found.len() {
        found.extend(children(found[next]));
        next += 1;
    }
}

/// The children of a process: of all its threads, by the kernel's own list where it keeps one
/// (`CONFIG_PROC_CHILDREN`), else by a search of all processes.
pub fn children(pid: i32) -> Vec<i32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let mut found = Vec::new();
    for task in tasks.filter_map(Result::ok) {
        match fs::read_to_string(task.path().join("children")) {
            Ok(list) => found.extend(list.split_whitespace().filter_map(|child| child.parse::<i32>().ok())),
            // The thread may just have ended; only where the whole list is unknown to the kernel is searched.
            Err(_) if !std::path::Path::new("/proc/thread-self/children").exists() => return children_by_search(pid),
            Err(_) => {}
        }
    }
    found
}

fn children_by_search(parent: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let Some(stat) = stat(*pid) else { return false };
        stat.split(' ').nth(PARENT).is_some_and(|field| field.parse() == Ok(parent))
    })
    .collect()
}

/// CPU time that a process has used, in ticks.
pub fn cpu_ticks(pid: i32) -> Option<u64> {
    let stat = stat(pid)?;
    let number = |field: usize| stat.split(' ').nth(field)?.parse::<u64>().ok();
    Some(number(USER_TICKS)? + number(SYSTEM_TICKS)?)
}

/// When a process started, in ticks since boot: with the pid it names a process for good.
pub fn start_ticks(pid: i32) -> Option<u64> {
    stat(pid)?.split(' ').nth(START_TICKS)?.parse().ok()
}

/// /proc/PID/stat after the command, which may hold blanks and parentheses of its own.
fn stat(pid: i32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_its_children_by_both_ways() {
        let mut child = std::process::Command::new("/bin/sleep").arg("5").spawn().expect("sleep");
        let own = std::process::id().cast_signed();
        let pid = child.id().cast_signed();
        assert!(children(own).contains(&pid));
        assert!(children_by_search(own).contains(&pid));
        std::thread::sleep(std::time::Duration::from_millis(100)); // past its exec
        let sample = sample(own, 4096, &mut Vec::new()).expect("a child is there");
        child.kill().expect("killed");
        child.wait().expect("reaped");
        assert!(sample.processes >= 1 && sample.threads >= 1 && sample.rss_bytes > 100_000, "{sample:?}");
    }

    #[test]
    fn a_process_that_is_gone_has_no_sample() {
        assert_eq!(sample(i32::MAX, 4096, &mut Vec::new()), None);
    }
}
