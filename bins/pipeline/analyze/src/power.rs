//! What the study's `power_analysis` asks for, answered: an effect in standard deviations, a power and a
//! sample size that were fixed together seldom fit each other.

use schema::config::PowerAnalysis;
use stats::{ALPHA, power};

use crate::input::Input;

pub(crate) fn answer(input: &Input) -> Vec<String> {
    let Some(asked) = &input.selection.study.power_analysis else { return Vec::new() };
    let rounds: Vec<usize> = input.blocks.iter().map(|finished| finished.block.rounds.len()).collect();
    sentences(asked, &rounds)
}

fn sentences(asked: &PowerAnalysis, rounds: &[usize]) -> Vec<String> {
    let PowerAnalysis { effect_size_threshold: effect, power_threshold: wanted, minimum_sample_size } = *asked;
    let paired = |n| power::paired(n, effect, ALPHA);
    let two_sample = |n| power::two_sample(n, effect, ALPHA);
    let (Ok(pairs), Ok(runs)) = (power::smallest_n(wanted, paired), power::smallest_n(wanted, two_sample)) else {
        return vec![format!(
            "No number of rounds shows an effect of {effect} standard deviations with power {wanted}."
        )];
    };
    let mut said = vec![format!(
        "An effect of {effect} standard deviations takes {pairs} rounds to show with power {wanted}, two-sided 5 % \
         ({runs} runs a side, were they not paired)."
    )];
    let least = minimum_sample_size as usize;
    if let (Ok(in_pairs), Ok(apart)) = (paired(least), two_sample(least)) {
        said.push(format!("The asked minimum of {least} has power {in_pairs:.2} in rounds, {apart:.2} unpaired."));
    }
    let short = rounds.iter().filter(|rounds| **rounds < pairs).count();
    said.push(match short {
        0 => format!("Every cell has as many rounds as that: {} of {}.", rounds.len(), rounds.len()),
        short => format!("{short} of {} cells have fewer rounds than that.", rounds.len()),
    });
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_request_is_answered_by_its_own_arithmetic() {
        // statsmodels' TTestPower and TTestIndPower for d = 0.5: n 33.4 and 63.8 at power 0.8; power
        // 0.754 and 0.478 at n = 30.
        let asked = PowerAnalysis { effect_size_threshold: 0.5, power_threshold: 0.8, minimum_sample_size: 30 };
        let said = sentences(&asked, &[10, 40]);
        assert!(said[0].contains("takes 34 rounds") && said[0].contains("64 runs a side"), "{said:?}");
        assert_eq!(said[1], "The asked minimum of 30 has power 0.75 in rounds, 0.48 unpaired.");
        assert_eq!(said[2], "1 of 2 cells have fewer rounds than that.");
    }
}
