//! Memory or disk runs out. The real thing where this user may arrange it; else the test says that it could not.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema::record::{FailureClass, Status};
use serde_json::json;

use crate::bench::{Bench, text};

fn class_and_message(bench: &Bench) -> (FailureClass, String) {
    match &bench.records()[0].status {
        Status::Failed { class, message } => (*class, message.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_allocation_that_the_limit_refuses_is_of_class_oom() {
    let mut bench = Bench::new(&["hog", "good"], 1);
    bench.block["limits"]["memory_bytes"] = json!(256 << 20);
    assert!(bench.run().status.success());
    let (class, message) = class_and_message(&bench);
    assert_eq!(class, FailureClass::Oom, "{message}");
    assert!(message.contains("memory allocation of 1073741824 bytes failed"), "{message}");
    assert_eq!(bench.records()[1].status, Status::Ok);
}

#[test]
fn a_run_that_the_kernel_kills_for_memory_is_of_class_oom_and_the_next_is_measured() {
    let Some(group) = Group::with_limit(300 << 20) else {
        eprintln!("skipped: this user may make no memory cgroup here");
        return;
    };
    let bench = Bench::new(&["hog", "good"], 1);
    let output = group.start(&bench.command()).output().expect("started");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (class, message) = class_and_message(&bench);
    assert_eq!((class, message.as_str()), (FailureClass::Oom, "the kernel killed it because memory ran out"));
    assert_eq!(bench.records()[1].status, Status::Ok, "measure itself has survived");
}

#[test]
fn a_full_disk_is_one_line_and_leaves_nothing_half_written() {
    let Some(disk) = SmallDisk::mounted() else {
        eprintln!("skipped: this user may mount nothing here");
        return;
    };
    let folder = tempfile::tempdir_in(&disk.0).expect("a folder on it");
    let bench = Bench::on(folder, &["good"], 2);
    let mut command = bench.command();
    let filler = disk.0.join("filler");
    let mut bytes = 600 << 10;
    while fs::write(&filler, vec![1_u8; bytes]).is_err() {
        bytes -= 4 << 10;
    }
    let output = command.output().expect("started");
    let said = text(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code != 0), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(matches!(errors[..], [line] if line.contains("No space left on device")), "{said}");
    assert!(!bench.state("blocks").exists() && !bench.root().join("out").exists());
    fs::remove_file(&filler).expect("removed");
    let again = bench.run();
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert!(bench.records().iter().all(|record| record.status == Status::Ok));
}

/// A memory cgroup below this process's own, of version 1.
struct Group(PathBuf);

impl Group {
    fn with_limit(bytes: u64) -> Option<Self> {
        let memberships = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own =
            memberships.lines().find_map(|line| line.split_once(":memory:"))?.1.trim_start_matches('/').to_owned();
        let group = Self(Path::new("/sys/fs/cgroup/memory").join(own).join(format!("test-{}", std::process::id())));
        fs::create_dir(&group.0).ok()?;
        fs::write(group.0.join("memory.limit_in_bytes"), bytes.to_string()).ok()?;
        Some(group)
    }

    /// The same command, begun inside the group.
    fn start(&self, command: &Command) -> Command {
        let mut inside = Command::new("/bin/sh");
        inside.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.0.join("cgroup.procs"));
        inside.arg(command.get_program()).args(command.get_args());
        inside.process_group(0);
        inside
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// 512 KiB of memory as a disk.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().ok()?.keep();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).arg(&folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        let _ = fs::remove_dir(&folder);
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}
