//! One run, watched from outside: started through the launcher, its output drained, its tree
//! sampled, its limits kept, until nothing of it is left.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, pipe2};
use schema::record::{Captured, Resources, Timing};

use crate::capture::Capture;
use crate::clock;
use crate::conditions::During;
use crate::energy;
use crate::gpu::Gpus;
use crate::interrupt::Interrupts;
use crate::launch::{self, Ended, Report};
use crate::sampler::Sampler;

/// A pipe that is still held after the launcher has ended belongs to a process that cannot be
/// killed; its output is not waited for longer than this.
const PIPES_CLOSED: Duration = Duration::from_secs(2);

pub struct Order<'a> {
    pub launcher: &'a Path,
    pub argv: Vec<OsString>,
    /// Whole: nothing is inherited.
    pub variables: &'a BTreeMap<String, String>,
    pub folder: &'a Path,
    pub cpus: &'a [u32],
    pub timeout: Duration,
    pub file_bytes: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub gpus: &'a Gpus,
    /// Stays locked until nothing of the run is left, even when this process is killed.
    pub lock: Option<BorrowedFd<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    NotStarted {
        errno: i32,
    },
    Exited {
        code: i32,
    },
    Signalled {
        signal: i32,
    },
    TimedOut,
    Interrupted,
    /// The launcher was killed; what it had started was ended.
    LauncherLost,
}

#[derive(Debug)]
pub struct Watched {
    pub end: End,
    pub timing: Timing,
    pub resources: Resources,
    /// Of each of the order's cores.
    pub frequencies: Vec<During>,
    pub stdout: Captured,
    pub stderr: Captured,
}

/// Runs the order to its end. A signal in `interrupts` ends the run; it stays pending there.
pub fn run(order: &Order<'_>, interrupts: &Interrupts) -> io::Result<Watched> {
    prctl::set_child_subreaper(true)?;
    let started_unix_ms = clock::unix_ms();
    let slept_before = clock::slept_ns();
    let cpu_before = clock::own_cpu_ns();
    let energy = energy::Meter::start();
    let (child, report) = start_launcher(order)?;
    let mut watching = Watching::new(child, report, order);
    watching.until_the_end(interrupts)?;
    let energy_microjoules = energy.microjoules();
    let harness_cpu_ns = clock::own_cpu_ns() - cpu_before;
    let mut watched = watching.finish()?;
    watched.timing.started_unix_ms = started_unix_ms;
    watched.timing.suspended_ns = clock::slept_ns().saturating_sub(slept_before);
    energy.tell(energy_microjoules, &mut watched.resources);
    watched.resources.harness_cpu_ns += harness_cpu_ns;
    Ok(watched)
}

fn start_launcher(order: &Order<'_>) -> io::Result<(Child, File)> {
    let (report, to_us) = pipe2(OFlag::O_CLOEXEC)?;
    inherit(to_us.as_fd())?;
    if let Some(lock) = order.lock {
        inherit(lock)?;
    }
    let launch = launch::Order {
        parent: std::process::id().cast_signed(),
        report_fd: to_us.as_raw_fd(),
        lock_fd: order.lock.map(|lock| lock.as_raw_fd()),
        cpus: order.cpus.to_vec(),
        timeout_ms: order.timeout.as_millis() as u64,
        grace_ms: 5000,
        file_bytes: order.file_bytes,
        memory_bytes: order.memory_bytes,
        argv: order.argv.clone(),
    };
    let child = Command::new(order.launcher)
        .args(launch.to_arguments())
        .env_clear()
        .envs(order.variables)
        .current_dir(order.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0) // a Ctrl-C on the terminal reaches `measure` alone, which ends the run in order
        .spawn()?;
    Ok((child, File::from(report)))
}

fn inherit(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok(())
}

struct Watching<'a> {
    launcher: Child,
    pipes: [Option<File>; 3],
    captures: [Capture; 2],
    report: String,
    sampler: Sampler<'a>,
    started: Option<(i32, u64)>,
    ended: Option<Ended>,
    not_started: Option<i32>,
    interrupted: bool,
}

const STDOUT: usize = 0;
const REPORT: usize = 2;

impl<'a> Watching<'a> {
    fn new(mut launcher: Child, report: File, order: &Order<'a>) -> Self {
        let stdout = launcher.stdout.take().map(|pipe| File::from(std::os::fd::OwnedFd::from(pipe)));
        let stderr = launcher.stderr.take().map(|pipe| File::from(std::os::fd::OwnedFd::from(pipe)));
        let sampler = Sampler::new(launcher.id().cast_signed(), order.cpus, order.gpus.watch());
        Self {
            launcher,
            pipes: [stdout, stderr, Some(report)],
            captures: [Capture::default(), Capture::default()],
            report: String::new(),
            sampler,
            started: None,
            ended: None,
            not_started: None,
            interrupted: false,
        }
    }

    fn until_the_end(&mut self, interrupts: &Interrupts) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        let mut give_up_ns = u64::MAX;
        while self.pipes.iter().any(Option::is_some) && clock::monotonic_ns() < give_up_ns {
            let timeout = match give_up_ns {
                u64::MAX => self.sampler.until_next(),
                _ => Duration::from_millis(50),
            };
            let ready = self.ready(interrupts, timeout)?;
            for index in ready {
                self.drain(index, &mut buffer)?;
            }
            if self.pipes[REPORT].is_none() && give_up_ns == u64::MAX {
                give_up_ns = clock::monotonic_ns() + PIPES_CLOSED.as_nanos() as u64;
            }
            if self.started.is_some() && self.ended.is_none() {
                self.sampler.sample_if_due();
            }
        }
        Ok(())
    }

    /// The pipes that have something to read; a signal is passed on to the launcher.
    fn ready(&mut self, interrupts: &Interrupts, timeout: Duration) -> io::Result<Vec<usize>> {
        let open: Vec<usize> = (0..self.pipes.len()).filter(|index| self.pipes[*index].is_some()).collect();
        let mut descriptors: Vec<PollFd<'_>> =
            self.pipes.iter().flatten().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)).collect();
        if !self.interrupted {
            descriptors.push(PollFd::new(interrupts.as_fd(), PollFlags::POLLIN));
        }
        // One millisecond more than asked: a poll that ends just before the time would end in a loop.
        let timeout = PollTimeout::try_from(timeout + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut descriptors, timeout) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let is_ready: Vec<bool> = descriptors.iter().map(|descriptor| descriptor.any() == Some(true)).collect();
        drop(descriptors);
        if is_ready.get(open.len()) == Some(&true) {
            self.interrupted = true;
            kill(Pid::from_raw(self.launcher.id().cast_signed()), Signal::SIGTERM)?;
        }
        Ok(open.into_iter().zip(is_ready).filter(|(_, ready)| *ready).map(|(index, _)| index).collect())
    }

    fn drain(&mut self, index: usize, buffer: &mut [u8]) -> io::Result<()> {
        let Some(pipe) = &mut self.pipes[index] else { return Ok(()) };
        let read = pipe.read(buffer)?;
        if read == 0 {
            self.pipes[index] = None;
        } else if index == REPORT {
            self.report.push_str(&String::from_utf8_lossy(&buffer[..read]));
            self.read_report();
        } else {
            self.captures[index - STDOUT].push(&buffer[..read]);
        }
        Ok(())
    }

    fn read_report(&mut self) {
        while let Some((line, rest)) = self.report.split_once('\n') {
            match Report::from_line(line) {
                Some(Report::Started { pid, spawn_ns }) => {
                    self.started = Some((pid, spawn_ns));
                    self.sampler.begin();
                }
                Some(Report::Ended(ended)) => self.ended = Some(ended),
                Some(Report::NotStarted { errno }) => self.not_started = Some(errno),
                None => {}
            }
            self.report = rest.to_owned();
        }
    }

    fn finish(mut self) -> io::Result<Watched> {
        self.launcher.wait()?;
        let end = self.end();
        if end == End::LauncherLost {
            self.end_what_the_launcher_left();
        }
        let ended = self.ended.unwrap_or_default();
        let spawn_ns = self.started.map_or(0, |(_, spawn_ns)| spawn_ns);
        let exit_ns = match end {
            End::NotStarted { .. } => 0,
            End::LauncherLost => clock::monotonic_ns(),
            _ => ended.exit_ns,
        };
        let wall_ns = exit_ns.saturating_sub(spawn_ns);
        let [stdout, stderr] = self.captures;
        let (sampled, frequencies) = self.sampler.finish();
        Ok(Watched {
            end,
            timing: Timing { spawn_ns, exit_ns, wall_ns, ..Timing::default() },
            resources: resources(&ended, wall_ns, sampled),
            frequencies,
            stdout: stdout.finish(),
            stderr: stderr.finish(),
        })
    }

    fn end(&self) -> End {
        match (self.not_started, self.ended) {
            (Some(errno), _) => End::NotStarted { errno },
            (None, None) => End::LauncherLost,
            (None, Some(ended)) if ended.interrupted => End::Interrupted,
            (None, Some(ended)) if ended.timed_out => End::TimedOut,
            (None, Some(ended)) => match ended.wait_status {
                status if libc::WIFSIGNALED(status) => End::Signalled { signal: libc::WTERMSIG(status) },
                status => End::Exited { code: libc::WEXITSTATUS(status) },
            },
        }
    }

    /// The run's processes came to this one when the launcher was killed.
    fn end_what_the_launcher_left(&self) {
        let own = std::process::id().cast_signed();
        let give_up_ns = clock::monotonic_ns() + PIPES_CLOSED.as_nanos() as u64;
        if let Some((pid, _)) = self.started {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
        while clock::monotonic_ns() < give_up_ns {
            for child in crate::tree::children(own) {
                let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
            }
            if matches!(crate::kernel::reap(), crate::kernel::Reap::NoChildren) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn resources(ended: &Ended, wall_ns: u64, mut sampled: Resources) -> Resources {
    let usage = ended.usage;
    // Without the kernel's accounting of I/O the counts are always 0, which is no measurement.
    let counts_io = Path::new("/proc/self/io").exists();
    if !counts_io {
        let reason = "the kernel keeps no account of it";
        sampled.absent.extend(["read_bytes", "write_bytes"].map(|name| (name.to_owned(), reason.to_owned())));
    }
    Resources {
        cpu_user_ns: usage.user_ns,
        cpu_system_ns: usage.system_ns,
        rss_peak_bytes: usage.rss_peak_bytes,
        cpu_percent: (wall_ns > 0).then(|| (usage.user_ns + usage.system_ns) as f64 * 100.0 / wall_ns as f64),
        context_switches_voluntary: usage.switches_voluntary,
        context_switches_involuntary: usage.switches_involuntary,
        page_faults_minor: usage.faults_minor,
        page_faults_major: usage.faults_major,
        read_bytes: counts_io.then_some(usage.blocks_read * 512),
        write_bytes: counts_io.then_some(usage.blocks_written * 512),
        harness_cpu_ns: ended.launcher_cpu_ns,
        left_over_processes: ended.left_over,
        ..sampled
    }
}
