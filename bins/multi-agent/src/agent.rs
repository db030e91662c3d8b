//! One agent's round: scan, ingest, summarise, have it analysed, have it reported. Both agents read
//! the same files; each talks to a server of its own.

use std::future::Future;
use std::path::PathBuf;

use llm::base_url::BaseUrl;
use llm::call::Call;
use llm::clock::now_ns;
use llm::failure::Failure;
use llm::limits::Limits;
use llm::message::{Generate, Options};
use ollama_agent::corpus;
use ollama_agent::prompts::Prompts;
use tokio::sync::{Barrier, Semaphore};

/// A way of talking to one server, made ready and used one call at a time.
pub trait Session: Sized + Send + 'static {
    fn connect(base: BaseUrl, limits: Limits) -> Result<Self, Failure>;
    fn version(&mut self) -> impl Future<Output = Result<String, Failure>> + Send;
    fn generate(&mut self, request: &Generate<'_>) -> impl Future<Output = Result<Call, Failure>> + Send;
}

#[cfg(feature = "multi_agent_reqwest")]
impl Session for llm::over_reqwest::Client {
    fn connect(base: BaseUrl, limits: Limits) -> Result<Self, Failure> {
        Self::new(base, limits)
    }

    fn version(&mut self) -> impl Future<Output = Result<String, Failure>> + Send {
        Self::version(self)
    }

    fn generate(&mut self, request: &Generate<'_>) -> impl Future<Output = Result<Call, Failure>> + Send {
        Self::generate(self, request)
    }
}

// reqwest alone needs none of it.
#[cfg(any(feature = "buffered", feature = "multi_agent_tokio_default", feature = "multi_agent_tokio_localset"))]
impl<R: llm::runtime::Runtime> Session for llm::over_hyper::ClientOn<R> {
    fn connect(base: BaseUrl, limits: Limits) -> Result<Self, Failure> {
        Ok(Self::new(base, limits))
    }

    fn version(&mut self) -> impl Future<Output = Result<String, Failure>> + Send {
        Self::version(self)
    }

    fn generate(&mut self, request: &Generate<'_>) -> impl Future<Output = Result<Call, Failure>> + Send {
        Self::generate(self, request)
    }
}

pub(crate) struct Agent<S> {
    /// 1 or 2.
    pub(crate) number: u32,
    pub(crate) session: S,
    pub(crate) model: String,
    pub(crate) options: Options,
}

/// What the agents share.
pub(crate) struct Common {
    pub(crate) tree: PathBuf,
    pub(crate) prompts: Prompts,
    pub(crate) canned_analysis: bool,
    /// Calls in flight at once.
    pub(crate) permits: Semaphore,
    /// Both start when both are there.
    pub(crate) start: Barrier,
}

/// What a round came to.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) started_ns: u64,
    pub(crate) ended_ns: u64,
    pub(crate) files: usize,
    pub(crate) left_out: corpus::Skipped,
    pub(crate) calls: Vec<Spoken>,
    /// During which call, and how.
    pub(crate) failure: Option<(&'static str, Failure)>,
}

/// One call of it.
pub(crate) struct Spoken {
    pub(crate) name: &'static str,
    pub(crate) prompt: String,
    /// Before waiting for a permit.
    pub(crate) wanted_ns: u64,
    pub(crate) call: Call,
}

impl<S: Session> Agent<S> {
    pub(crate) async fn round(&mut self, common: &Common) -> Round {
        let mut round = Round { started_ns: now_ns(), ..Round::default() };
        self.work(common, &mut round).await;
        round.ended_ns = now_ns();
        round
    }

    async fn work(&mut self, common: &Common, round: &mut Round) {
        let (found, mut skipped) = corpus::scan(&common.tree);
        let facts = corpus::ingest(&found, &mut skipped);
        let prompt = common.prompts.analysis(&corpus::summarise(&facts, &skipped));
        (round.files, round.left_out) = (facts.len(), skipped);
        let Some(analysis) = self.call("analysis", prompt, common, round).await else { return };
        let canned = common.canned_analysis.then(|| common.prompts.canned_analysis());
        let prompt = common.prompts.report(canned.as_deref().unwrap_or(&analysis));
        self.call("report", prompt, common, round).await;
    }

    /// The answer; nothing where there is none, and the round says why.
    async fn call(&mut self, name: &'static str, prompt: String, common: &Common, round: &mut Round) -> Option<String> {
        let wanted_ns = now_ns();
        let permit = common.permits.acquire().await.expect("nobody closes it");
        let request = Generate { model: &self.model, prompt: &prompt, stream: true, options: &self.options };
        let called = self.session.generate(&request).await;
        drop(permit);
        match called {
            Ok(call) => {
                let answer = call.answer.clone();
                round.calls.push(Spoken { name, prompt, wanted_ns, call });
                Some(answer)
            }
            Err(failure) => {
                round.failure = Some((name, failure));
                None
            }
        }
    }
}
