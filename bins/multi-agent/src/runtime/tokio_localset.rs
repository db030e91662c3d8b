//! tokio on one thread, its tasks in a `LocalSet`.

use std::future::Future;
use std::io;
use std::time::Instant;

use llm::runtime::{Timer, Tokio};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local};

use super::Host;

pub struct TokioLocalSet {
    runtime: Runtime,
    tasks: LocalSet,
}

impl Host for TokioLocalSet {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, tasks: LocalSet::new() })
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.tasks.block_on(&self.runtime, work)
    }

    fn task<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> {
        let task = spawn_local(task);
        async move { task.await.expect("an agent's round does not panic") }
    }
}

/// What its connections are made by: tasks of the set that they are used in.
pub struct InLocalSet;

impl Timer for InLocalSet {
    fn until<T: Send>(
        deadline: Instant,
        future: impl Future<Output = T> + Send,
    ) -> impl Future<Output = Option<T>> + Send {
        Tokio::until(deadline, future)
    }
}

impl llm::runtime::Runtime for InLocalSet {
    type Stream = <Tokio as llm::runtime::Runtime>::Stream;

    fn connect(host: &str, port: u16) -> impl Future<Output = io::Result<Self::Stream>> + Send {
        Tokio::connect(host, port)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        spawn_local(task);
    }
}
