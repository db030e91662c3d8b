//! Sending: one thread, a task a request, connections that are kept and used again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use llm::base_url::BaseUrl;
use llm::call::Call;
use llm::clock::now_ns;
use llm::failure::Failure;
use llm::limits::Limits;
use llm::message::{Generate, Options};
use llm::over_hyper::Client;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::sleep;

use super::arrivals::{Stage, due_ns};

/// The last part of a wait is waited awake: the runtime's own clock ticks in milliseconds.
const AWAKE_NS: u64 = 2_000_000;

#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) url: BaseUrl,
    pub(crate) model: String,
    pub(crate) limits: Limits,
    pub(crate) options: Options,
    pub(crate) prompt_words: u32,
}

pub(crate) struct Request {
    pub(crate) number: u32,
    /// When it should have been sent; in a closed loop, when its stream was free.
    pub(crate) due_ns: u64,
    pub(crate) outcome: Result<Call, Failure>,
}

/// What the tasks of a stage share.
struct Sending {
    target: Target,
    /// Connections that nobody uses now.
    idle: RefCell<Vec<Client>>,
    next: Cell<u32>,
    requests: u32,
}

pub(crate) fn drive(target: &Target, stage: Stage, warmup: u32, requests: u32, seed: u64) -> Result<Vec<Request>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let sending =
        |requests| Rc::new(Sending { target: target.clone(), idle: RefCell::default(), next: Cell::new(0), requests });
    let mut done = LocalSet::new().block_on(&runtime, async {
        closed(&sending(warmup), 1).await;
        match stage {
            Stage::Closed { streams } => closed(&sending(requests), streams).await,
            Stage::Open { rate, arrivals } => open(&sending(requests), &due_ns(rate, arrivals, requests, seed)).await,
        }
    });
    done.sort_by_key(|request| request.number);
    Ok(done)
}

/// Each stream sends its next request when it has its last answer.
async fn closed(sending: &Rc<Sending>, streams: u32) -> Vec<Request> {
    let streams: Vec<_> = (0..streams.min(sending.requests))
        .map(|_| {
            let sending = Rc::clone(sending);
            spawn_local(async move {
                let mut done = Vec::new();
                while sending.next.get() < sending.requests {
                    done.push(sending.request(now_ns()).await);
                }
                done
            })
        })
        .collect();
    let mut done = Vec::new();
    for stream in streams {
        done.extend(stream.await.expect("a request does not panic"));
    }
    done
}

/// Each request is sent when it is due, however many are still unanswered.
async fn open(sending: &Rc<Sending>, due: &[u64]) -> Vec<Request> {
    let start = now_ns();
    let mut sent = Vec::new();
    for due in due {
        let due = start + due;
        wait_until(due).await;
        let sending = Rc::clone(sending);
        sent.push(spawn_local(async move { sending.request(due).await }));
    }
    let mut done = Vec::new();
    for request in sent {
        done.push(request.await.expect("a request does not panic"));
    }
    done
}

async fn wait_until(due: u64) {
    sleep(Duration::from_nanos(due.saturating_sub(now_ns() + AWAKE_NS))).await;
    while now_ns() < due {
        yield_now().await;
    }
}

impl Sending {
    async fn request(&self, due_ns: u64) -> Request {
        let number = self.next.get();
        self.next.set(number + 1);
        let prompt = prompt(number, self.target.prompt_words);
        let free = self.idle.borrow_mut().pop();
        let mut client = free.unwrap_or_else(|| Client::new(self.target.url.clone(), self.target.limits));
        let target = &self.target;
        let request = Generate { model: &target.model, prompt: &prompt, stream: true, options: &target.options };
        let outcome = client.generate(&request).await;
        self.idle.borrow_mut().push(client);
        Request { number, due_ns, outcome }
    }
}

fn prompt(number: u32, words: u32) -> String {
    let mut prompt = format!("{number}");
    for word in 1..words {
        prompt.push_str([" one", " two", " three", " four"][(number.wrapping_add(word) % 4) as usize]);
    }
    prompt
}
