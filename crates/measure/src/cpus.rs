//! Which cores a run gets, and which are left to the harness.

use std::io;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use crate::fingerprint::available_cpus;
use crate::pseudo_files::text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    pub run: Vec<u32>,
    /// The run's own cores where there are no others.
    pub harness: Vec<u32>,
}

/// Gives the run `threads` of the cores that this process may use.
pub fn divide(threads: u32) -> Division {
    let siblings =
        |cpu: u32| text(format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")).unwrap_or_default();
    let cpus: Vec<(u32, String)> = available_cpus().into_iter().map(|cpu| (cpu, siblings(cpu))).collect();
    choose(&cpus, threads as usize)
}

/// First one thread of each physical core, then the others; from the highest number down, since
/// the kernel's own work and most interrupts go to the lowest.
fn choose(cpus: &[(u32, String)], threads: usize) -> Division {
    let mut seen: Vec<&str> = Vec::new();
    let (mut first_of_core, mut others) = (Vec::new(), Vec::new());
    for (cpu, siblings) in cpus.iter().rev() {
        if siblings.is_empty() || !seen.contains(&siblings.as_str()) {
            seen.push(siblings);
            first_of_core.push(*cpu);
        } else {
            others.push(*cpu);
        }
    }
    let mut run: Vec<u32> = first_of_core.into_iter().chain(others).take(threads.max(1)).collect();
    run.sort_unstable();
    let rest: Vec<u32> = cpus.iter().map(|(cpu, _)| *cpu).filter(|cpu| !run.contains(cpu)).collect();
    Division { harness: if rest.is_empty() { run.clone() } else { rest }, run }
}

/// Keeps this process, and what it starts from now on, on `cpus`.
pub fn keep_to(cpus: &[u32]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu as usize)?;
    }
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpus(siblings: &[&str]) -> Vec<(u32, String)> {
        siblings.iter().enumerate().map(|(cpu, list)| (cpu as u32, (*list).to_owned())).collect()
    }

    #[test]
    fn physical_cores_come_first_and_the_harness_gets_the_rest() {
        let hyperthreaded = cpus(&["0,2", "1,3", "0,2", "1,3"]);
        assert_eq!(choose(&hyperthreaded, 1), Division { run: vec![3], harness: vec![0, 1, 2] });
        assert_eq!(choose(&hyperthreaded, 2), Division { run: vec![2, 3], harness: vec![0, 1] });
        assert_eq!(choose(&hyperthreaded, 3), Division { run: vec![1, 2, 3], harness: vec![0] });
    }

    #[test]
    fn where_no_core_is_left_the_harness_shares() {
        let two = cpus(&["0", "1"]);
        assert_eq!(choose(&two, 2), Division { run: vec![0, 1], harness: vec![0, 1] });
        assert_eq!(choose(&two, 8), Division { run: vec![0, 1], harness: vec![0, 1] });
    }
}
