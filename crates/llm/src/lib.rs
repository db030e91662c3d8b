//! The client of an LLM server that speaks Ollama's streaming protocol.
//!
//! [`exchange::Exchange`] is the protocol: bytes and times in, one [`call::Call`] or one
//! [`failure::Failure`] out, without any network. [`over_reqwest`] and [`over_hyper`] carry it. What
//! a fault is called is the same in `ollama_agent.py`, its twin.

pub mod ask;
pub mod base_url;
pub mod call;
pub mod clock;
pub mod exchange;
pub mod failure;
pub mod kept;
pub mod limits;
pub mod lines;
pub mod message;
pub mod model_server;
#[cfg(feature = "hyper")]
pub mod over_hyper;
#[cfg(feature = "reqwest")]
pub mod over_reqwest;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
pub mod runtime;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod waiting;
