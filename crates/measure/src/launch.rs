//! What `measure` and the launcher say to each other: an order as flags, a report as lines of text.
//! No JSON here: whatever the launcher touches in memory counts against the run (see `launcher`).

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::os::fd::RawFd;
use std::str::FromStr;

/// What the launcher is told beside the run's own command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The process that gave the order: when it is gone, the run is ended.
    pub parent: i32,
    /// Where the report goes; closed in the run.
    pub report_fd: RawFd,
    /// A file that stays open, and so locked, as long as the launcher lives; closed in the run.
    pub lock_fd: Option<RawFd>,
    pub cpus: Vec<u32>,
    pub timeout_ms: u64,
    /// Between SIGTERM and SIGKILL.
    pub grace_ms: u64,
    /// Largest file that the run may write.
    pub file_bytes: Option<u64>,
    /// Largest address space.
    pub memory_bytes: Option<u64>,
    pub argv: Vec<OsString>,
}

impl Order {
    pub fn to_arguments(&self) -> Vec<OsString> {
        let cpus: Vec<String> = self.cpus.iter().map(ToString::to_string).collect();
        let mut arguments: Vec<OsString> = Vec::new();
        let mut flag = |name: &str, value: String| arguments.extend([name.into(), value.into()]);
        flag("--parent", self.parent.to_string());
        flag("--report-fd", self.report_fd.to_string());
        flag("--cpus", cpus.join(","));
        flag("--timeout-ms", self.timeout_ms.to_string());
        flag("--grace-ms", self.grace_ms.to_string());
        for (name, value) in [
            ("--lock-fd", self.lock_fd.map(|fd| fd.to_string())),
            ("--file-bytes", self.file_bytes.map(|bytes| bytes.to_string())),
            ("--memory-bytes", self.memory_bytes.map(|bytes| bytes.to_string())),
        ] {
            if let Some(value) = value {
                flag(name, value);
            }
        }
        arguments.push("--".into());
        arguments.extend(self.argv.iter().cloned());
        arguments
    }

    pub fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, OrderError> {
        let mut arguments = arguments.into_iter();
        let mut order = Self {
            parent: 0,
            report_fd: -1,
            lock_fd: None,
            cpus: Vec::new(),
            timeout_ms: 0,
            grace_ms: 0,
            file_bytes: None,
            memory_bytes: None,
            argv: Vec::new(),
        };
        while let Some(flag) = arguments.next() {
            let flag = flag.to_string_lossy().into_owned();
            if flag == "--" {
                order.argv = arguments.collect();
                break;
            }
            let value = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
            order.set(&flag, &value)?;
        }
        if order.report_fd < 0 || order.argv.is_empty() { Err(OrderError::Incomplete) } else { Ok(order) }
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<(), OrderError> {
        match flag {
            "--parent" => self.parent = parsed(flag, value)?,
            "--report-fd" => self.report_fd = parsed(flag, value)?,
            "--lock-fd" => self.lock_fd = Some(parsed(flag, value)?),
            "--timeout-ms" => self.timeout_ms = parsed(flag, value)?,
            "--grace-ms" => self.grace_ms = parsed(flag, value)?,
            "--file-bytes" => self.file_bytes = Some(parsed(flag, value)?),
            "--memory-bytes" => self.memory_bytes = Some(parsed(flag, value)?),
            "--cpus" => {
                let numbers = value.split(',').filter(|number| !number.is_empty());
                self.cpus = numbers.map(|number| parsed(flag, number)).collect::<Result<_, _>>()?;
            }
            _ => return Err(OrderError::UnknownFlag(flag.to_owned())),
        }
        Ok(())
    }
}

fn parsed<T: FromStr>(flag: &str, value: &str) -> Result<T, OrderError> {
    value.parse().map_err(|_| OrderError::Value { flag: flag.to_owned(), value: value.to_owned() })
}

#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("unknown flag `{0}`; this program is started by `measure` only")]
    UnknownFlag(String),
    #[error("{flag}: `{value}` is not allowed")]
    Value { flag: String, value: String },
    #[error("needs --report-fd N and, after --, a command; this program is started by `measure` only")]
    Incomplete,
}

/// What the launcher reports, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The program could not be executed: the system's error number.
    NotStarted {
        errno: i32,
    },
    /// Sent once the program has been executed.
    Started {
        pid: i32,
        spawn_ns: u64,
    },
    Ended(Ended),
}

/// The kernel's account of the run's main process, of what it waited for, and of adopted orphans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub exit_ns: u64,
    /// As `wait4` gives it.
    pub wait_status: i32,
    pub timed_out: bool,
    /// A signal to the launcher, or the end of `measure`, ended the run.
    pub interrupted: bool,
    /// Killed after the main process had ended.
    pub left_over: u32,
    pub usage: Usage,
    /// CPU time of the launcher itself.
    pub launcher_cpu_ns: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub user_ns: u64,
    pub system_ns: u64,
    pub rss_peak_bytes: u64,
    pub switches_voluntary: u64,
    pub switches_involuntary: u64,
    pub faults_minor: u64,
    pub faults_major: u64,
    /// Of 512 bytes.
    pub blocks_read: u64,
    pub blocks_written: u64,
}

impl Usage {
    /// Adds another process's account; the peak stays that of the larger one.
    pub fn add(&mut self, other: &Self) {
        self.user_ns += other.user_ns;
        self.system_ns += other.system_ns;
        self.rss_peak_bytes = self.rss_peak_bytes.max(other.rss_peak_bytes);
        self.switches_voluntary += other.switches_voluntary;
        self.switches_involuntary += other.switches_involuntary;
        self.faults_minor += other.faults_minor;
        self.faults_major += other.faults_major;
        self.blocks_read += other.blocks_read;
        self.blocks_written += other.blocks_written;
    }

    fn numbers(&self) -> [u64; 9] {
        [
            self.user_ns,
            self.system_ns,
            self.rss_peak_bytes,
            self.switches_voluntary,
            self.switches_involuntary,
            self.faults_minor,
            self.faults_major,
            self.blocks_read,
            self.blocks_written,
        ]
    }

    fn from_numbers(numbers: [u64; 9]) -> Self {
        let [user_ns, system_ns, rss_peak_bytes, switches_voluntary, switches_involuntary, ..] = numbers;
        let [.., faults_minor, faults_major, blocks_read, blocks_written] = numbers;
        Self {
            user_ns,
            system_ns,
            rss_peak_bytes,
            switches_voluntary,
            switches_involuntary,
            faults_minor,
            faults_major,
            blocks_read,
            blocks_written,
        }
    }
}

impl Display for Report {
    fn fmt(&self, line: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { errno } => writeln!(line, "not_started {errno}"),
            Self::Started { pid, spawn_ns } => writeln!(line, "started {pid} {spawn_ns}"),
            Self::Ended(end) => {
                let (timed_out, interrupted) = (u8::from(end.timed_out), u8::from(end.interrupted));
                write!(line, "ended {} {} {timed_out} {interrupted}", end.exit_ns, end.wait_status)?;
                write!(line, " {} {}", end.left_over, end.launcher_cpu_ns)?;
                for number in end.usage.numbers() {
                    write!(line, " {number}")?;
                }
                writeln!(line)
            }
        }
    }
}

impl Report {
    /// `None` for a line that is no report.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        match words.next()? {
            "not_started" => Some(Self::NotStarted { errno: words.next()?.parse().ok()? }),
            "started" => {
                Some(Self::Started { pid: words.next()?.parse().ok()?, spawn_ns: words.next()?.parse().ok()? })
            }
            "ended" => {
                let mut end = Ended {
                    exit_ns: words.next()?.parse().ok()?,
                    wait_status: words.next()?.parse().ok()?,
                    timed_out: words.next()? == "1",
                    interrupted: words.next()? == "1",
                    left_over: words.next()?.parse().ok()?,
                    launcher_cpu_ns: words.next()?.parse().ok()?,
                    usage: Usage::default(),
                };
                let numbers: Vec<u64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
                end.usage = Usage::from_numbers(numbers.try_into().ok()?);
                Some(Self::Ended(end))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_back_as_it_was_given() {
        let order = Order {
            parent: 42,
            report_fd: 7,
            lock_fd: Some(5),
            cpus: vec![0, 3],
            timeout_ms: 1000,
            grace_ms: 5000,
            file_bytes: Some(1 << 24),
            memory_bytes: None,
            argv: vec!["/bin/echo".into(), "--parent".into(), "a b".into()],
        };
        assert_eq!(Order::from_arguments(order.to_arguments()).expect("read back"), order);
    }

    #[test]
    fn an_order_without_a_command_or_with_an_odd_flag_is_refused() {
        let from = |words: &[&str]| Order::from_arguments(words.iter().map(OsString::from));
        assert!(matches!(from(&["--report-fd", "3"]), Err(OrderError::Incomplete)));
        assert!(matches!(from(&["--shell", "x"]), Err(OrderError::UnknownFlag(_))));
        assert!(matches!(from(&["--parent", "me"]), Err(OrderError::Value { .. })));
    }

    #[test]
    fn reports_read_back_as_they_were_written() {
        let usage = Usage::from_numbers([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let ended = Ended { exit_ns: 10, wait_status: 9, timed_out: true, left_over: 2, usage, ..Ended::default() };
        for report in [Report::NotStarted { errno: 2 }, Report::Started { pid: 3, spawn_ns: 4 }, Report::Ended(ended)] {
            assert_eq!(Report::from_line(&report.to_string()), Some(report));
        }
        assert_eq!(Report::from_line("ended 1 2"), None);
    }
}
