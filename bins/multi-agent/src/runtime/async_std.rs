//! async-std, which is no longer developed; the published studies measured it.

use std::future::Future;
use std::io;
use std::time::Instant;

use async_std::net::TcpStream;
use async_std::task;
use llm::runtime::{Runtime, Timer};

use super::Host;
use super::buffered::Buffered;

const READ_BYTES: usize = 8 << 10;

pub struct AsyncStd;

impl Host for AsyncStd {
    fn start() -> io::Result<Self> {
        Ok(Self)
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        task::block_on(work)
    }

    fn task<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> {
        async_std::task::spawn(task)
    }
}

impl Timer for AsyncStd {
    async fn until<T: Send>(deadline: Instant, future: impl Future<Output = T> + Send) -> Option<T> {
        let left = deadline.saturating_duration_since(Instant::now());
        async_std::future::timeout(left, future).await.ok()
    }
}

impl Runtime for AsyncStd {
    type Stream = Buffered<TcpStream, READ_BYTES>;

    async fn connect(host: &str, port: u16) -> io::Result<Self::Stream> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Buffered::new(stream))
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        drop(async_std::task::spawn(task));
    }
}
