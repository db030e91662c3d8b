//! The listener, the connections and the end.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use hyper::rt::{Read, ReadBufCursor, Write as WriteHalf};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use models::ModelError;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use schema::fault::Fault;
use schema::files;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::backend::Backend;
use crate::command_line::{ScriptedOptions, ServeOptions};
use crate::engine::Engine;
use crate::route::{self, Shared};
use crate::script::{self, Answer, Script};
use crate::scripted::Scripted;
use crate::write_log::WriteLog;

/// A connection that stays silent longer is closed.
const HEAD_TIME_MAX: Duration = Duration::from_secs(75);
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long answers that are under way may go on after the signal to end.
const GRACE: Duration = Duration::from_secs(2);

pub(crate) fn run(options: &ServeOptions) -> anyhow::Result<()> {
    raise_open_files();
    let (backend, refuse) = backend(options)?;
    let shared = Arc::new(Shared {
        backend,
        log: Arc::new(WriteLog::open(options.write_log.as_deref())?),
        hosts: options.allow_host.clone(),
        body_bytes_max: options.body_bytes_max,
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(options, shared, refuse))
}

/// What answers, and whether nobody shall listen.
fn backend(options: &ServeOptions) -> anyhow::Result<(Backend, bool)> {
    if options.model.is_empty() {
        let script = read_script(&options.scripted)?;
        let (refuse, spin) = (script.refuse, Duration::from_micros(options.scripted.spin_us));
        return Ok((Backend::Scripted(Arc::new(Scripted::new(script, spin))), refuse));
    }
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global()?;
    }
    let models = options.model.iter().map(|model| named(model)).collect::<Result<Vec<_>, _>>()?;
    Ok((Backend::Engine(Engine::start(&models).map_err(ModelError::into_fault)?), false))
}

/// `NAME=DIR`, or a folder with its own name.
fn named(model: &str) -> Result<(String, PathBuf), Fault> {
    if let Some((name, folder)) = model.split_once('=') {
        return Ok((name.to_owned(), PathBuf::from(folder)));
    }
    let folder = PathBuf::from(model);
    let whole = std::fs::canonicalize(&folder).map_err(|error| files::cannot("open", &folder, &error))?;
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    let unnamed = || Fault::new(model, "the folder has no name").hint("give NAME=DIR");
    Ok((name.ok_or_else(unnamed)?, folder))
}

fn read_script(options: &ScriptedOptions) -> Result<Script, Fault> {
    if let Some(path) = &options.script {
        return Script::read(path);
    }
    let Some(count) = options.tokens else {
        return Err(Fault::new("", "nothing to serve").hint("give --model DIR, --script FILE or --tokens N"));
    };
    let (first_token_ms, gap_ms) = (options.first_token_ms, options.gap_ms);
    let answer = Answer { first_token_ms, gap_ms, count, ..Answer::default() };
    let model = script::default_model();
    let script = Script { model, load_ms: options.load_ms, refuse: false, answers: vec![answer] };
    script.check().map_err(|what| Fault::new("", what))?;
    Ok(script)
}

async fn serve(options: &ServeOptions, shared: Arc<Shared>, refuse: bool) -> anyhow::Result<()> {
    let mut end = End::listen(options.end_with_stdin)?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)))
        .await
        .map_err(|error| Fault::new(format!("127.0.0.1:{}", options.port), format!("cannot listen: {error}")))?;
    let address = listener.local_addr()?;
    if refuse {
        drop(listener);
        say_ready(address, &shared)?;
        end.wait().await;
        return Ok(());
    }
    say_ready(address, &shared)?;
    let limit = Arc::new(Semaphore::new(options.connections_max as usize));
    let (ending, ended) = watch::channel(false);
    loop {
        tokio::select! {
            () = end.wait() => break,
            accepted = listener.accept() => accept(accepted, &shared, &limit, &ended).await,
        }
    }
    drop(listener);
    ending.send_replace(true);
    // Each connection holds a permit until it is closed.
    let _ = tokio::time::timeout(GRACE, limit.acquire_many(options.connections_max)).await;
    Ok(())
}

fn say_ready(address: SocketAddr, shared: &Shared) -> anyhow::Result<()> {
    let model = shared.backend.cards().first().map_or("", |card| card.name.as_str()).to_owned();
    let line = json!({ "url": format!("http://{address}"), "model": model, "pid": std::process::id() });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write the ready line to stdout")
}

async fn accept(
    accepted: std::io::Result<(TcpStream, SocketAddr)>,
    shared: &Arc<Shared>,
    limit: &Arc<Semaphore>,
    ended: &watch::Receiver<bool>,
) {
    let mut stream = match accepted {
        Ok((stream, _)) => stream,
        Err(error) => {
            // Such as no descriptors left: others have to close first.
            eprintln!("warning: a connection was not accepted: {error}");
            return tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let _ = stream.set_nodelay(true);
    let Ok(permit) = Arc::clone(limit).try_acquire_owned() else {
        let full = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let _ = stream.write_all(full).await;
        return;
    };
    let (shared, ended) = (Arc::clone(shared), ended.clone());
    tokio::spawn(async move {
        converse(stream, shared, ended).await;
        drop(permit);
    });
}

async fn converse(stream: TcpStream, shared: Arc<Shared>, mut ended: watch::Receiver<bool>) {
    let reset = Arc::new(AtomicBool::new(false));
    let socket = Socket { stream: TokioIo::new(stream), reset: Arc::clone(&reset) };
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move { Ok::<_, std::convert::Infallible>(route::answer(shared, reset, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX);
    let mut connection = pin!(builder.serve_connection(socket, service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.wait_for(|ended| *ended) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// A connection that can end by a reset: only the socket's own option does that.
struct Socket {
    stream: TokioIo<TcpStream>,
    reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            let _ = self.stream.inner().set_zero_linger();
        }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl WriteHalf for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

/// What ends the server: a signal, or its parent's end.
struct End {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    stdin: Option<oneshot::Receiver<()>>,
}

impl End {
    fn listen(end_with_stdin: bool) -> anyhow::Result<Self> {
        let stdin = end_with_stdin.then(|| {
            let (closed, stdin) = oneshot::channel();
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
                let _ = closed.send(());
            });
            stdin
        });
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())?, stdin })
    }

    async fn wait(&mut self) {
        let stdin = async {
            match &mut self.stdin {
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = stdin => {}
        }
    }
}

/// The soft limit is often 1024: too few for a thousand clients.
fn raise_open_files() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
