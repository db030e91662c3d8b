//! What stands behind the interfaces.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use schema::digest;
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::job::{Events, Job};
use crate::residence::Residence;
use crate::script::Fault;
use crate::scripted::Scripted;

pub(crate) enum Backend {
    Scripted(Arc<Scripted>),
    Engine(Engine),
}

/// A generation that has begun.
pub(crate) struct Started {
    pub(crate) events: Events,
    pub(crate) fault: Option<Fault>,
    /// How much of each wait is waited awake.
    pub(crate) spin: Duration,
}

/// A model as the interfaces tell about it.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// With its tag: `llama-tiny:latest`.
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    pub(crate) family: String,
    pub(crate) parameter_size: String,
    pub(crate) format: String,
    pub(crate) quantization: String,
    pub(crate) info: Map<String, Value>,
}

impl Card {
    pub(crate) fn new(name: &str, family: &str, modified: SystemTime) -> Self {
        Self {
            name: tagged(name),
            digest: digest::of_bytes(name.as_bytes()),
            size: 0,
            modified,
            family: family.to_owned(),
            parameter_size: String::new(),
            format: String::new(),
            quantization: String::new(),
            info: Map::new(),
        }
    }
}

/// Ollama's rule: a name without a tag means the tag `latest`.
pub(crate) fn tagged(name: &str) -> String {
    if name.contains(':') { name.to_owned() } else { format!("{name}:latest") }
}

impl Backend {
    pub(crate) fn cards(&self) -> Vec<&Card> {
        match self {
            Self::Scripted(scripted) => vec![scripted.card()],
            Self::Engine(engine) => engine.places().iter().map(|place| &place.card).collect(),
        }
    }

    pub(crate) fn card(&self, name: &str) -> Option<&Card> {
        let tagged = tagged(name);
        self.cards().into_iter().find(|card| card.name == tagged)
    }

    /// Until when a model stays in memory, or nothing where it is not there.
    pub(crate) fn expires_at(&self, card: &Card) -> Option<SystemTime> {
        self.residence(card)?.expires_at()
    }

    fn residence(&self, card: &Card) -> Option<&Residence> {
        match self {
            Self::Scripted(scripted) => Some(scripted.residence()),
            Self::Engine(engine) => {
                let place = engine.places().iter().find(|place| place.card.name == card.name);
                place.map(|place| &place.residence)
            }
        }
    }

    /// Nothing where too many requests wait already.
    pub(crate) fn start(&self, card: &Card, job: Job) -> Option<Started> {
        match self {
            Self::Scripted(scripted) => Some(scripted.start(job)),
            Self::Engine(engine) => {
                let events = engine.generate(&card.name, job)?;
                Some(Started { events, fault: None, spin: Duration::ZERO })
            }
        }
    }

    /// Frees the model's memory as soon as nobody uses it.
    pub(crate) fn unload(&self, card: &Card) {
        if let Some(residence) = self.residence(card) {
            residence.expire();
        }
        if let Self::Engine(engine) = self {
            engine.look();
        }
    }
}
