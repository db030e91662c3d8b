//! The runtimes that the same work is done under.

#[cfg(feature = "multi_agent_async_std")]
pub mod async_std;
#[cfg(feature = "buffered")]
mod buffered;
#[cfg(any(feature = "multi_agent_smol", feature = "multi_agent_smol_1kb"))]
pub mod smol;
#[cfg(feature = "multi_agent_tokio_localset")]
pub mod tokio_localset;
#[cfg(any(feature = "multi_agent_reqwest", feature = "multi_agent_tokio_default"))]
pub mod tokio_threads;

use std::future::Future;
use std::io;

/// What the work needs of a runtime besides connections.
pub trait Host: Sized {
    fn start() -> io::Result<Self>;

    /// To the end, on this thread.
    fn run<T>(&self, work: impl Future<Output = T>) -> T;

    /// Begins at once, beside whoever asks; asked for inside [`Self::run`].
    fn task<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T>;
}
