//! What a client needs of an asynchronous runtime, so that the same client runs on each.

use std::future::Future;
use std::time::Instant;

/// Waiting, but not for ever.
pub trait Timer: Send + Sync + 'static {
    /// What `future` gives, or nothing where `deadline` comes first.
    fn until<T: Send>(
        deadline: Instant,
        future: impl Future<Output = T> + Send,
    ) -> impl Future<Output = Option<T>> + Send;
}

/// What a connection needs besides.
#[cfg(feature = "hyper")]
pub trait Runtime: Timer {
    type Stream: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static;

    /// Without Nagle's delay.
    fn connect(host: &str, port: u16) -> impl Future<Output = std::io::Result<Self::Stream>> + Send;

    /// Goes on by itself until it ends.
    fn spawn(task: impl Future<Output = ()> + Send + 'static);
}

/// tokio, by whichever of its schedulers the caller runs on.
#[derive(Debug)]
pub struct Tokio;

impl Timer for Tokio {
    async fn until<T: Send>(deadline: Instant, future: impl Future<Output = T> + Send) -> Option<T> {
        tokio::time::timeout_at(deadline.into(), future).await.ok()
    }
}

#[cfg(feature = "hyper")]
impl Runtime for Tokio {
    type Stream = hyper_util::rt::TokioIo<tokio::net::TcpStream>;

    async fn connect(host: &str, port: u16) -> std::io::Result<Self::Stream> {
        let stream = tokio::net::TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(hyper_util::rt::TokioIo::new(stream))
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }
}
