//! The forged models' tokenizer and the walk through its vocabulary, both from a text that is kept
//! with this file and never changes.

use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer, TokenizerBuilder};

use super::END_TOKEN;
use crate::ModelError;
use crate::model::TOKENIZER_FILE;

/// This project's own documentation, as it stood when the first model was forged.
const TEXT: &str = include_str!("text.txt");
const SIZE: usize = 1024;

pub(super) fn train() -> Result<Tokenizer, ModelError> {
    let wrong = |error: tokenizers::Error| ModelError::format(TOKENIZER_FILE, error.to_string());
    let byte_level = ByteLevel::new(false, false, true);
    let mut tokenizer = TokenizerBuilder::new()
        .with_model(BPE::default())
        .with_normalizer(None::<tokenizers::NormalizerWrapper>)
        .with_pre_tokenizer(Some(byte_level))
        .with_post_processor(Some(byte_level))
        .with_decoder(Some(byte_level))
        .build()
        .map_err(wrong)?;
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(SIZE)
        .min_frequency(2)
        .special_tokens(vec![AddedToken::from(END_TOKEN, true)])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    tokenizer.train(&mut trainer, std::iter::once(TEXT)).map_err(wrong)?;
    Ok(tokenizer.into())
}

/// Tokens in the order in which the text first uses them, then the other printable ones, then the end.
pub(super) fn walk(tokenizer: &Tokenizer) -> Result<Vec<u32>, ModelError> {
    let wrong = |error: tokenizers::Error| ModelError::format(TOKENIZER_FILE, error.to_string());
    let encoding = tokenizer.encode_fast(TEXT, false).map_err(wrong)?;
    let size = tokenizer.get_vocab_size(true) as u32;
    let end = tokenizer.token_to_id(END_TOKEN).unwrap_or_default();
    let mut visited = vec![false; size as usize];
    visited[end as usize] = true;
    let mut order = Vec::with_capacity(visited.len());
    for token in encoding.get_ids().iter().copied().chain(0..size) {
        let is_shown = tokenizer.decode(&[token], false).is_ok_and(|text| text.chars().all(is_printable));
        if is_shown && !std::mem::replace(&mut visited[token as usize], true) {
            order.push(token);
        }
    }
    order.push(end);
    Ok(order)
}

fn is_printable(character: char) -> bool {
    character == '\n' || character == ' ' || character.is_ascii_graphic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_visits_each_printable_token_once_and_ends() {
        let tokenizer = train().expect("trained");
        let order = walk(&tokenizer).expect("a walk");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), order.len());
        assert!(order.len() > 700, "{}", order.len());
        assert_eq!(order.last(), tokenizer.token_to_id(END_TOKEN).as_ref());
        assert!(tokenizer.decode(&order[..40], false).expect("text").starts_with("Ferrobench"));
    }
}
