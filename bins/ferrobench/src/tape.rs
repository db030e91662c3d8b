//! `ferrobench tape`: recording and playing, each until it is told to end.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use llm::base_url::{BaseUrl, WrongUrl};
use schema::fault::Fault;
use serde_json::json;
use tape::file::Tape;
use tape::{Serving, record, replay};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Stand between clients and a server, and write the tape at the end.
    ///
    /// Prints one line of JSON with the address to give to the clients; ends with Ctrl-C or SIGTERM.
    Record {
        /// The server.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:11434")]
        backend: String,
        /// The tape.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        listening: Listening,
    },
    /// Play a tape to clients: the same pieces after the same gaps for the same requests.
    ///
    /// At the end one more line says how many requests came and their digest, which is equal for clients that
    /// asked for the same. Exit code 1 where a request was not on the tape.
    Replay {
        /// The tape.
        tape: PathBuf,
        #[command(flatten)]
        listening: Listening,
    },
}

#[derive(clap::Args)]
pub(crate) struct Listening {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// End when stdin is closed: with the program that started this one.
    #[arg(long)]
    end_with_stdin: bool,
}

pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<ExitCode> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match command {
        Command::Record { backend, out: file, listening } => {
            let url: BaseUrl = backend.parse().map_err(|error: WrongUrl| Fault::new("--backend", error.to_string()))?;
            let tape = runtime.block_on(async {
                let serving = ready(listening, out).await?;
                anyhow::Ok(record::record(serving, url, end(listening.end_with_stdin)?).await)
            })?;
            tape.write(file)?;
            let broken = tape.exchanges.iter().filter(|exchange| !exchange.response.whole).count();
            writeln!(out, "{}", json!({"tape": file, "exchanges": tape.exchanges.len(), "broken": broken}))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Replay { tape, listening } => {
            let tape = Tape::read(tape)?;
            let heard = runtime.block_on(async {
                let serving = ready(listening, out).await?;
                anyhow::Ok(replay::replay(serving, tape, end(listening.end_with_stdin)?).await)
            })?;
            writeln!(out, "{}", serde_json::to_string(&heard)?)?;
            Ok(if heard.unknown > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}

/// Listens, and says where.
async fn ready(listening: &Listening, out: &mut impl Write) -> Result<Serving> {
    let port = listening.port;
    let serving = Serving::listen(port).await;
    let serving =
        serving.map_err(|error| Fault::new(format!("127.0.0.1:{port}"), format!("cannot listen: {error}")))?;
    writeln!(out, "{}", json!({"url": serving.url()?, "pid": std::process::id()}))?;
    out.flush()?;
    Ok(serving)
}

/// SIGINT, SIGTERM or, where that is asked for, the end of stdin.
fn end(with_stdin: bool) -> Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (closed, stdin) = oneshot::channel();
    if with_stdin {
        // A thread of its own: reading it as a task would keep the runtime from ending.
        thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            let _: Result<(), ()> = closed.send(());
        });
    }
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            Ok(()) = stdin => {}
        }
    })
}
