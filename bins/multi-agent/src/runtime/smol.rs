//! smol with its global executor, reading by so many bytes at a time.

use std::future::Future;
use std::io;
use std::time::Instant;

use llm::runtime::{Runtime, Timer};
use smol::net::TcpStream;

use super::Host;
use super::buffered::Buffered;

pub struct Smol<const READ_BYTES: usize>;

impl<const READ_BYTES: usize> Host for Smol<READ_BYTES> {
    fn start() -> io::Result<Self> {
        Ok(Self)
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        smol::block_on(work)
    }

    fn task<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> {
        smol::spawn(task)
    }
}

impl<const READ_BYTES: usize> Timer for Smol<READ_BYTES> {
    async fn until<T: Send>(deadline: Instant, future: impl Future<Output = T> + Send) -> Option<T> {
        let late = async {
            smol::Timer::at(deadline).await;
            None
        };
        smol::future::or(async { Some(future.await) }, late).await
    }
}

impl<const READ_BYTES: usize> Runtime for Smol<READ_BYTES> {
    type Stream = Buffered<TcpStream, READ_BYTES>;

    async fn connect(host: &str, port: u16) -> io::Result<Self::Stream> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Buffered::new(stream))
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }
}
