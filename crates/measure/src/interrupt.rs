//! SIGINT, SIGTERM and SIGHUP as something to wait on, so that a wait ends at once and what is
//! running is ended in order.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};

#[derive(Debug)]
pub struct Interrupts {
    signals: SignalFd,
}

/// The signal that ends this process; its exit code is 128 and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted {
    pub signal: u8,
}

impl Interrupts {
    /// To be called before any other thread starts: signals are blocked for this thread and its heirs.
    pub fn take() -> io::Result<Self> {
        let set: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), None)?;
        let signals = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Self { signals })
    }

    /// The signal that has come, if one has.
    pub fn pending(&self) -> Result<(), Interrupted> {
        match self.signals.read_signal() {
            Ok(Some(signal)) => Err(Interrupted { signal: signal.ssi_signo as u8 }),
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// Sleeps, unless a signal comes or has come.
    pub fn sleep(&self, time: Duration) -> Result<(), Interrupted> {
        let timeout = PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX);
        let mut descriptors = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut descriptors, timeout);
        self.pending()
    }
}

impl AsFd for Interrupts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
