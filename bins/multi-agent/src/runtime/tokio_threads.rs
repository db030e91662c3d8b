//! tokio as its documentation begins: a scheduler with a thread a core.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};

use super::Host;

pub struct TokioThreads(Runtime);

impl Host for TokioThreads {
    fn start() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build().map(Self)
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.block_on(work)
    }

    fn task<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> {
        let task = tokio::spawn(task);
        async move { task.await.expect("an agent's round does not panic") }
    }
}
