//! The backend without a model: set tokens at set times.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc::{self, UnboundedSender};

use crate::backend::{Card, Started};
use crate::clock::wait_until;
use crate::job::{End, Event, Job, Prompt, Reason};
use crate::keep_alive;
use crate::residence::Residence;
use crate::script::{Answer, Fault, Script};

pub(crate) struct Scripted {
    script: Script,
    card: Card,
    residence: Residence,
    requests: AtomicUsize,
    spin: Duration,
}

impl Scripted {
    pub(crate) fn new(script: Script, spin: Duration) -> Self {
        let card = Card::new(&script.model, "scripted", SystemTime::now());
        Self { script, card, residence: Residence::default(), requests: AtomicUsize::new(0), spin }
    }

    pub(crate) fn card(&self) -> &Card {
        &self.card
    }

    pub(crate) fn residence(&self) -> &Residence {
        &self.residence
    }

    pub(crate) fn start(self: &Arc<Self>, job: Job) -> Started {
        let (sender, events) = mpsc::unbounded_channel();
        let answer = if job.prompt == Prompt::Nothing { Answer::default() } else { self.next_answer() };
        let (fault, spin) = (answer.fault.clone(), self.spin);
        if !fault.as_ref().is_some_and(Fault::is_instead) {
            let scripted = Arc::clone(self);
            tokio::spawn(async move { scripted.play(&job, &answer, &sender).await });
        }
        Started { events, fault, spin }
    }

    fn next_answer(&self) -> Answer {
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        let answers = &self.script.answers;
        answers.get(request).or(answers.last()).cloned().unwrap_or_default()
    }

    async fn play(&self, job: &Job, answer: &Answer, sender: &UnboundedSender<Event>) {
        let begin = Instant::now();
        if !self.residence.enter() {
            self.wait(begin + self.script.load()).await;
            self.residence.set_loaded();
        }
        let load = begin.elapsed();
        let end = if job.prompt == Prompt::Nothing {
            Some(End { reason: Reason::Load, ..End::default() })
        } else {
            self.say(job, answer, sender).await.map(|end| End { load, ..end })
        };
        self.residence.leave(job.keep_alive.unwrap_or(keep_alive::DEFAULT));
        if let Some(end) = end {
            let _ = sender.send(Event::End(wronged(end, answer.fault.as_ref())));
        }
    }

    /// Nothing where the client vanished.
    async fn say(&self, job: &Job, answer: &Answer, sender: &UnboundedSender<Event>) -> Option<End> {
        let begin = Instant::now();
        let first = begin + answer.first_token();
        let limit = job.options.num_predict.unwrap_or(usize::MAX);
        let mut said = 0;
        let reason = loop {
            let Some(token) = answer.token(said) else { break Reason::Stop };
            if said == limit {
                break Reason::Length;
            }
            // Each from the beginning, so that lateness does not add up.
            self.wait(first + answer.gap() * said as u32).await;
            sender.send(Event::Piece(token)).ok()?;
            said += 1;
        };
        if said == 0 {
            self.wait(first).await;
        }
        let eval = first.elapsed();
        let prompt_count = job.prompt.words();
        Some(End { reason, prompt_count, prompt: answer.first_token(), eval_count: said, eval, ..End::default() })
    }

    async fn wait(&self, deadline: Instant) {
        wait_until(deadline, self.spin).await;
    }
}

fn wronged(mut end: End, fault: Option<&Fault>) -> End {
    match fault {
        Some(Fault::WrongCount { by }) => end.eval_count = end.eval_count.saturating_add_signed(*by as isize),
        Some(Fault::LongDurations { factor }) => {
            for duration in [&mut end.load, &mut end.prompt, &mut end.eval] {
                *duration = duration.saturating_mul(*factor);
            }
        }
        _ => {}
    }
    end
}
