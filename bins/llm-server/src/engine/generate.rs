//! One generation.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use models::ModelError;
use models::model::{BATCH, Model};
use models::sample::{Sampler, Settings};
use models::text::{Checked, Detokenizer, Stopper};
use tokio::sync::mpsc::UnboundedSender;

use crate::job::{End, Event, Job, Message, Prompt, Reason};
use crate::options::Options;

/// Nothing where the client went away.
pub(super) fn generate(
    model: &mut Model,
    job: &Job,
    sender: &UnboundedSender<Event>,
) -> Result<Option<End>, ModelError> {
    let options = &job.options;
    let prompt = fit(encode(model, &job.prompt)?, options.num_keep, model.context());
    let begin = Instant::now();
    model.restart();
    let mut logits = Vec::new();
    for batch in prompt.chunks(BATCH) {
        if sender.is_closed() {
            return Ok(None);
        }
        logits = model.logits(batch)?;
    }
    let prompt_time = begin.elapsed();
    let begin = Instant::now();
    let Some((reason, eval_count, said)) = decode(model, options, &prompt, logits, sender)? else { return Ok(None) };
    let eval = begin.elapsed();
    let prompt_count = prompt.len();
    let context = [prompt, said].concat();
    Ok(Some(End { reason, prompt_count, prompt: prompt_time, eval_count, eval, context, ..End::default() }))
}

fn encode(model: &Model, prompt: &Prompt) -> Result<Vec<u32>, ModelError> {
    let tokens = match prompt {
        Prompt::Nothing => Vec::new(),
        Prompt::Text { context, text } => [context.clone(), model.encode(text)?].concat(),
        Prompt::Chat(messages) => model.encode(&dialogue(messages))?,
    };
    Ok(tokens)
}

/// `role: text`, a line each, and the beginning of the answer's.
fn dialogue(messages: &[Message]) -> String {
    #[allow(clippy::format_collect, reason = "a line a message, not a hot path")]
    let lines: String = messages.iter().map(|message| format!("{}: {}\n", message.role, message.content)).collect();
    lines + "assistant:"
}

/// Of a prompt that is too long, its beginning and its end; one token's room stays for the answer.
fn fit(tokens: Vec<u32>, keep: usize, context: usize) -> Vec<u32> {
    let room = context.saturating_sub(1).max(1);
    if tokens.len() <= room {
        return tokens;
    }
    let keep = keep.min(room / 2);
    let end = &tokens[tokens.len() - (room - keep)..];
    [&tokens[..keep], end].concat()
}

/// Why it ended, how many tokens were computed, the closing one among them, and those that were said.
type Decoded = (Reason, usize, Vec<u32>);

fn decode(
    model: &mut Model,
    options: &Options,
    prompt: &[u32],
    mut logits: Vec<f32>,
    sender: &UnboundedSender<Event>,
) -> Result<Option<Decoded>, ModelError> {
    let tokenizer = model.tokenizer();
    let mut sampler = Sampler::new(settings(options), options.seed.unwrap_or_else(any_seed), prompt);
    let mut characters = Detokenizer::new(&tokenizer);
    let mut stopper = Stopper::new(&options.stop);
    let mut said = Vec::new();
    let room = model.context() - prompt.len();
    let limit = options.num_predict.unwrap_or(usize::MAX).min(room);
    let (reason, count) = loop {
        if said.len() == limit {
            break (Reason::Length, said.len());
        }
        let token = sampler.next(&logits);
        if model.config().ends(token) {
            break (Reason::Stop, said.len() + 1);
        }
        said.push(token);
        match stopper.push(&characters.push(token)) {
            Checked::Show(text) => {
                if !say(sender, text) {
                    return Ok(None);
                }
            }
            Checked::Stop(text) => {
                say(sender, text);
                return Ok(Some((Reason::Stop, said.len(), said)));
            }
        }
        if said.len() < limit {
            logits = model.logits(&[token])?;
        }
    };
    if let Checked::Show(text) = stopper.push(&characters.finish()) {
        say(sender, text + &stopper.finish());
    }
    Ok(Some((reason, count, said)))
}

/// Whether somebody still listens.
fn say(sender: &UnboundedSender<Event>, text: String) -> bool {
    if text.is_empty() { !sender.is_closed() } else { sender.send(Event::Piece(text)).is_ok() }
}

fn settings(options: &Options) -> Settings {
    Settings {
        temperature: options.temperature,
        top_k: options.top_k,
        top_p: options.top_p,
        min_p: options.min_p,
        repeat_last_n: options.repeat_last_n,
        repeat_penalty: options.repeat_penalty,
        presence_penalty: options.presence_penalty,
        frequency_penalty: options.frequency_penalty,
    }
}

/// Without a seed every answer is another one.
fn any_seed() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prompt_keeps_its_beginning_and_its_end() {
        assert_eq!(fit((0..5).collect(), 4, 6), [0, 1, 2, 3, 4]);
        assert_eq!(fit((0..100).collect(), 2, 9), [0, 1, 94, 95, 96, 97, 98, 99]);
        assert_eq!(fit((0..100).collect(), usize::MAX, 9), [0, 1, 2, 3, 96, 97, 98, 99]);
        assert_eq!(fit((0..100).collect(), 4, 1), [99]);
    }

    #[test]
    fn a_dialogue_ends_where_the_answer_begins() {
        let message = |role: &str, content: &str| Message { role: role.to_owned(), content: content.to_owned() };
        assert_eq!(
            dialogue(&[message("system", "Be brief."), message("user", "Hi")]),
            "system: Be brief.\nuser: Hi\nassistant:"
        );
    }
}
