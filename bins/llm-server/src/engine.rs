//! The backend with models: one thread that loads them, generates for one request after the other,
//! and lets them go when their time is over.

mod generate;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use models::ModelError;
use models::model::{Facts, Model};
use serde_json::{Map, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::backend::{Card, tagged};
use crate::job::{End, Event, Events, Job, Prompt, Reason};
use crate::keep_alive;
use crate::residence::Residence;

/// Requests that may wait, as with Ollama; more are turned away.
const QUEUE: usize = 512;

pub(crate) struct Engine {
    places: Vec<Arc<Place>>,
    orders: SyncSender<Order>,
}

/// A model that can be asked for.
pub(crate) struct Place {
    pub(crate) card: Card,
    pub(crate) residence: Residence,
    folder: PathBuf,
}

enum Order {
    Generate(Box<Task>),
    /// Some model's time may be over.
    Look,
}

struct Task {
    place: usize,
    job: Job,
    sender: UnboundedSender<Event>,
}

impl Engine {
    /// `name` and folder of each model; every folder is looked through before anything is served.
    pub(crate) fn start(models: &[(String, PathBuf)]) -> Result<Self, ModelError> {
        let place = |(name, folder): &(String, PathBuf)| {
            let card = card(name, &Facts::read(folder)?);
            Ok(Arc::new(Place { card, residence: Residence::default(), folder: folder.clone() }))
        };
        let places = models.iter().map(place).collect::<Result<Vec<_>, ModelError>>()?;
        let (orders, receiver) = sync_channel(QUEUE);
        let loaded = places.iter().map(|_| None).collect();
        let worker = Worker { places: places.clone(), loaded };
        std::thread::spawn(move || worker.work(&receiver));
        Ok(Self { places, orders })
    }

    pub(crate) fn places(&self) -> &[Arc<Place>] {
        &self.places
    }

    /// Nothing where too many wait already.
    pub(crate) fn generate(&self, name: &str, job: Job) -> Option<Events> {
        let place = self.places.iter().position(|place| place.card.name == name)?;
        let (sender, events) = unbounded_channel();
        match self.orders.try_send(Order::Generate(Box::new(Task { place, job, sender }))) {
            Ok(()) => Some(events),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => None,
        }
    }

    pub(crate) fn look(&self) {
        // A full queue is looked through anyway.
        let _ = self.orders.try_send(Order::Look);
    }
}

fn card(name: &str, facts: &Facts) -> Card {
    let config = &facts.config;
    let (family, parameters) = (config.family(), facts.bytes / size_of::<f32>() as u64);
    let mut info = Map::new();
    info.insert("general.architecture".to_owned(), json!(family));
    info.insert("general.parameter_count".to_owned(), json!(parameters));
    info.insert(format!("{family}.context_length"), json!(config.context_max()));
    info.insert(format!("{family}.embedding_length"), json!(config.embedding()));
    info.insert(format!("{family}.block_count"), json!(config.layers()));
    Card {
        name: tagged(name),
        digest: facts.digest.clone(),
        size: facts.bytes,
        modified: facts.modified,
        family: family.to_owned(),
        parameter_size: format!("{:.1}M", parameters as f64 / 1e6),
        format: "safetensors".to_owned(),
        quantization: "F32".to_owned(),
        info,
    }
}

struct Worker {
    places: Vec<Arc<Place>>,
    loaded: Vec<Option<Model>>,
}

impl Worker {
    fn work(mut self, orders: &Receiver<Order>) {
        loop {
            let order = match self.next_expiry() {
                Some(time) => orders.recv_timeout(time),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            self.let_go();
            match order {
                Ok(Order::Generate(task)) => self.serve(&task),
                Ok(Order::Look) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn next_expiry(&self) -> Option<Duration> {
        let loaded = self.places.iter().zip(&self.loaded).filter(|(_, model)| model.is_some());
        loaded.filter_map(|(place, _)| place.residence.time_left()).min()
    }

    fn let_go(&mut self) {
        for (place, model) in self.places.iter().zip(&mut self.loaded) {
            if model.is_some() && place.residence.expires_at().is_none() {
                *model = None;
            }
        }
    }

    fn serve(&mut self, task: &Task) {
        if task.sender.is_closed() {
            return;
        }
        let place = Arc::clone(&self.places[task.place]);
        place.residence.enter();
        let begin = Instant::now();
        let outcome = self.load(task).and_then(|()| {
            place.residence.set_loaded();
            self.answer(task, begin.elapsed())
        });
        place.residence.leave(task.job.keep_alive.unwrap_or(keep_alive::DEFAULT));
        let _ = match outcome {
            Ok(Some(end)) => task.sender.send(Event::End(end)),
            Ok(None) => return,
            Err(error) => {
                let fault = error.into_fault();
                task.sender.send(Event::Failed(format!("{}: {}", fault.place, fault.what)))
            }
        };
    }

    /// As with Ollama another context is another load.
    fn load(&mut self, task: &Task) -> Result<(), ModelError> {
        let place = &self.places[task.place];
        let slot = &mut self.loaded[task.place];
        let context = task.job.options.num_ctx;
        let fits = |model: &Model| model.context() == context.min(model.config().context_max());
        if !slot.as_ref().is_some_and(fits) {
            *slot = None;
            *slot = Some(Model::load(&place.folder, context)?);
        }
        Ok(())
    }

    /// Nothing where the client went away.
    fn answer(&mut self, task: &Task, load: Duration) -> Result<Option<End>, ModelError> {
        if task.job.prompt == Prompt::Nothing {
            return Ok(Some(End { reason: Reason::Load, ..End::default() }));
        }
        let Some(model) = &mut self.loaded[task.place] else { return Ok(None) };
        let end = generate::generate(model, &task.job, &task.sender)?;
        Ok(end.map(|end| End { load, ..end }))
    }
}
