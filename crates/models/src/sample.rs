//! From logits to a token, as llama.cpp's chain under Ollama v0.6.8: penalties, `top_k`, `top_p`,
//! `min_p`, temperature, one draw. At temperature 0 the largest logit after the penalties.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub temperature: f32,
    /// Zero: all.
    pub top_k: usize,
    pub top_p: f32,
    pub min_p: f32,
    pub repeat_last_n: usize,
    pub repeat_penalty: f32,
    pub presence_penalty: f32,
    pub frequency_penalty: f32,
}

pub struct Sampler {
    settings: Settings,
    random: ChaCha8Rng,
    /// Prompt and answer: both count for the penalties.
    seen: Vec<u32>,
}

/// A token that may come, with its logit.
type Candidate = (u32, f32);

impl Sampler {
    pub fn new(settings: Settings, seed: u64, prompt: &[u32]) -> Self {
        Self { settings, random: ChaCha8Rng::seed_from_u64(seed), seen: prompt.to_vec() }
    }

    pub fn next(&mut self, logits: &[f32]) -> u32 {
        let mut candidates: Vec<Candidate> = (0..).zip(logits.iter().copied()).collect();
        self.penalize(&mut candidates);
        let token = self.choose(candidates);
        self.seen.push(token);
        token
    }

    fn penalize(&self, candidates: &mut [Candidate]) {
        let begin = self.seen.len().saturating_sub(self.settings.repeat_last_n);
        let mut counts = BTreeMap::new();
        for token in &self.seen[begin..] {
            *counts.entry(*token).or_insert(0_u32) += 1;
        }
        for (token, count) in counts {
            let Some((_, logit)) = candidates.get_mut(token as usize) else { continue };
            let penalty = self.settings.repeat_penalty;
            *logit = if *logit <= 0.0 { *logit * penalty } else { *logit / penalty };
            *logit -= count as f32 * self.settings.frequency_penalty + self.settings.presence_penalty;
        }
    }

    fn choose(&mut self, mut candidates: Vec<Candidate>) -> u32 {
        // Ties go to the lower token, so that the order is the same everywhere.
        let order = |a: &Candidate, b: &Candidate| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if self.settings.temperature <= 0.0 {
            return candidates.into_iter().min_by(order).map_or(0, |(token, _)| token);
        }
        let keep = if self.settings.top_k == 0 { candidates.len() } else { self.settings.top_k };
        if keep < candidates.len() {
            candidates.select_nth_unstable_by(keep, order);
            candidates.truncate(keep);
        }
        candidates.sort_unstable_by(order);
        self.keep_top_p(&mut candidates);
        self.keep_min_p(&mut candidates);
        self.draw(&candidates)
    }

    /// The fewest candidates that hold `top_p` of the probability.
    fn keep_top_p(&self, candidates: &mut Vec<Candidate>) {
        if self.settings.top_p >= 1.0 {
            return;
        }
        let mut held = 0.0;
        let weights = softmax(candidates, 1.0);
        let enough = weights.iter().position(|weight| {
            held += weight;
            held >= f64::from(self.settings.top_p)
        });
        candidates.truncate(enough.map_or(candidates.len(), |last| last + 1));
    }

    /// Those with at least `min_p` of the likeliest one's probability.
    fn keep_min_p(&self, candidates: &mut Vec<Candidate>) {
        if self.settings.min_p <= 0.0 {
            return;
        }
        let Some((_, largest)) = candidates.first().copied() else { return };
        let least = f64::from(largest) + f64::from(self.settings.min_p).ln();
        let kept = candidates.iter().take_while(|(_, logit)| f64::from(*logit) >= least).count();
        candidates.truncate(kept.max(1));
    }

    fn draw(&mut self, candidates: &[Candidate]) -> u32 {
        // 53 bits: every double in [0, 1) that has that step.
        let mut left = (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        for (weight, (token, _)) in softmax(candidates, f64::from(self.settings.temperature)).iter().zip(candidates) {
            left -= weight;
            if left < 0.0 {
                return *token;
            }
        }
        candidates.last().map_or(0, |(token, _)| *token)
    }
}

/// Of candidates in falling order. `libm`, so that the same logits give the same draw everywhere.
fn softmax(candidates: &[Candidate], temperature: f64) -> Vec<f64> {
    let largest = candidates.first().map_or(0.0, |(_, logit)| f64::from(*logit));
    let weights: Vec<f64> =
        candidates.iter().map(|(_, logit)| libm::exp((f64::from(*logit) - largest) / temperature)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Settings = Settings {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        repeat_last_n: 0,
        repeat_penalty: 1.0,
        presence_penalty: 0.0,
        frequency_penalty: 0.0,
    };

    fn drawn(settings: Settings, logits: &[f32], draws: u64) -> BTreeMap<u32, u64> {
        let mut counts = BTreeMap::new();
        for seed in 0..draws {
            *counts.entry(Sampler::new(settings, seed, &[]).next(logits)).or_insert(0) += 1;
        }
        counts
    }

    #[test]
    fn draws_follow_the_softmax() {
        let logits = [2.0_f32.ln(), 0.0, 5.0_f32.ln()];
        let counts = drawn(PLAIN, &logits, 8000);
        for (token, share) in [(0, 0.25), (1, 0.125), (2, 0.625)] {
            let found = counts[&token] as f64 / 8000.0;
            // Five standard errors of a share of 8000.
            assert!((found - share).abs() < 5.0 * (share * (1.0 - share) / 8000.0_f64).sqrt(), "{token}: {found}");
        }
    }

    #[test]
    fn each_sampler_leaves_what_its_definition_says() {
        let logits: Vec<f32> = [0.5_f32, 0.3, 0.15, 0.05].iter().map(|share| share.ln()).collect();
        let kept = |settings| drawn(settings, &logits, 400).into_keys().collect::<Vec<_>>();
        assert_eq!(kept(Settings { top_k: 2, ..PLAIN }), [0, 1]);
        assert_eq!(kept(Settings { top_p: 0.79, ..PLAIN }), [0, 1]);
        assert_eq!(kept(Settings { top_p: 0.81, ..PLAIN }), [0, 1, 2]);
        assert_eq!(kept(Settings { min_p: 0.2, ..PLAIN }), [0, 1, 2]);
        assert_eq!(kept(Settings { temperature: 0.0, ..PLAIN }), [0]);
        assert_eq!(kept(Settings { temperature: 0.01, ..PLAIN }), [0]);
    }

    #[test]
    fn penalties_push_what_was_seen_down() {
        let greedy = Settings { temperature: 0.0, repeat_last_n: 2, ..PLAIN };
        let next = |settings: Settings, prompt: &[u32]| Sampler::new(settings, 0, prompt).next(&[3.0, 2.0, -1.0]);
        assert_eq!(next(Settings { repeat_penalty: 2.0, ..greedy }, &[0]), 1);
        assert_eq!(next(Settings { repeat_penalty: 2.0, ..greedy }, &[0, 2, 2]), 0, "beyond the window");
        assert_eq!(next(Settings { presence_penalty: 1.5, ..greedy }, &[0]), 1);
        assert_eq!(next(Settings { frequency_penalty: 0.6, ..greedy }, &[0, 0]), 1);
    }

    proptest! {
        #[test]
        fn the_token_is_one_of_the_vocabulary(
            logits in prop::collection::vec(-50.0_f32..50.0, 1..80),
            seed in any::<u64>(),
            (temperature, top_k, top_p, min_p) in (0.0_f32..3.0, 0_usize..90, 0.0_f32..1.2, 0.0_f32..1.2),
        ) {
            let settings = Settings { temperature, top_k, top_p, min_p, repeat_last_n: 64, ..PLAIN };
            let (mut one, mut two) = (Sampler::new(settings, seed, &[1]), Sampler::new(settings, seed, &[1]));
            for _ in 0..4 {
                let token = one.next(&logits);
                prop_assert!((token as usize) < logits.len());
                prop_assert_eq!(token, two.next(&logits));
            }
        }
    }
}
