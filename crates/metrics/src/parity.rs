//! The verdict on a pair of arms: the worst over the rules of its algorithm and over its rounds.

use schema::evaluation::{ParityVerdict, RuleResult};
use schema::id::Id;
use schema::task::ParityRule;

use crate::output::Output;
use crate::rule::{self, Comparison, Tolerance};

/// One side's output in one round, or why there is none.
pub type Side<'a> = Result<&'a Output, &'a str>;

/// Unchecked where there was nothing to judge by.
pub fn worst(rules: &[RuleResult]) -> ParityVerdict {
    rules.iter().map(|rule| rule.verdict).max().unwrap_or(ParityVerdict::Unchecked)
}

/// What one rule has found so far about a pair, round by round.
pub struct Tally<'a> {
    rule: &'a ParityRule,
    result: RuleResult,
    judged: bool,
}

impl<'a> Tally<'a> {
    pub fn new(rule: &'a ParityRule) -> Self {
        let result = RuleResult {
            output: rule.output.clone(),
            rule: rule.rule.clone(),
            rtol: rule.rtol,
            atol: rule.atol,
            verdict: ParityVerdict::Identical,
            largest_absolute: None,
            largest_relative: None,
            compared_runs: 0,
            reason: None,
        };
        Self { rule, result, judged: false }
    }

    pub fn output(&self) -> &'a Id {
        &self.rule.output
    }

    /// Adds the pair's outputs of one round, which `place` names.
    pub fn add(&mut self, left: Side<'_>, right: Side<'_>, place: &str) {
        let comparison = match (left, right, rule::find(self.rule.rule.as_str())) {
            (_, _, None) => unchecked(format!("no rule `{}` is known", self.rule.rule)),
            (Err(reason), _, _) => unchecked(format!("left: {reason}")),
            (_, Err(reason), _) => unchecked(format!("right: {reason}")),
            (Ok(left), Ok(right), Some(known)) => {
                self.result.compared_runs += 1;
                (known.compare)(left, right, Tolerance { rtol: self.rule.rtol, atol: self.rule.atol })
            }
        };
        self.take(comparison, place);
    }

    fn take(&mut self, comparison: Comparison, place: &str) {
        if !self.judged || comparison.verdict > self.result.verdict {
            self.result.reason = comparison.reason.map(|reason| format!("{place}: {reason}"));
        }
        self.judged = true;
        self.result.verdict = self.result.verdict.max(comparison.verdict);
        self.result.largest_absolute = larger(self.result.largest_absolute, comparison.largest_absolute);
        self.result.largest_relative = larger(self.result.largest_relative, comparison.largest_relative);
    }

    pub fn finish(mut self) -> RuleResult {
        if !self.judged {
            self.result.verdict = ParityVerdict::Unchecked;
            self.result.reason = Some("no round in which both have a finished run".to_owned());
        }
        self.result
    }
}

fn unchecked(reason: String) -> Comparison {
    Comparison {
        verdict: ParityVerdict::Unchecked,
        largest_absolute: None,
        largest_relative: None,
        reason: Some(reason),
    }
}

fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        _ => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;

    use super::*;

    fn rule(name: &str) -> ParityRule {
        ParityRule {
            algorithms: Vec::new(),
            output: Id::new("predictions").expect("an id"),
            rule: Id::new(name).expect("an id"),
            rtol: 0.1,
            atol: 0.0,
            because: "a test".to_owned(),
        }
    }

    fn output(value: f64) -> Output {
        Output::F64(Array { shape: vec![1], values: vec![value] })
    }

    #[test]
    fn the_worst_round_is_the_verdict_and_keeps_its_reason() {
        let rule = rule("close");
        let mut tally = Tally::new(&rule);
        tally.add(Ok(&output(1.0)), Ok(&output(1.0)), "round 0");
        tally.add(Ok(&output(1.0)), Ok(&output(2.0)), "round 1");
        tally.add(Ok(&output(1.0)), Ok(&output(1.05)), "round 2");
        tally.add(Err("no such file"), Ok(&output(1.0)), "round 3");
        let result = tally.finish();
        assert_eq!((result.verdict, result.compared_runs), (ParityVerdict::Different, 3));
        assert_eq!(result.largest_absolute, Some(1.0));
        assert_eq!(result.reason.as_deref(), Some("round 1: value 0: 1 and 2"));
    }

    #[test]
    fn a_missing_output_leaves_the_pair_unchecked() {
        let rule = rule("close");
        let mut tally = Tally::new(&rule);
        tally.add(Ok(&output(1.0)), Ok(&output(1.0)), "round 0");
        tally.add(Ok(&output(1.0)), Err("gone"), "round 1");
        let result = tally.finish();
        assert_eq!(result.verdict, ParityVerdict::Unchecked);
        assert_eq!(result.reason.as_deref(), Some("round 1: right: gone"));
    }

    #[test]
    fn nothing_judged_is_unchecked() {
        let (close, unknown) = (rule("close"), rule("closs"));
        assert_eq!(Tally::new(&close).finish().verdict, ParityVerdict::Unchecked);
        let mut tally = Tally::new(&unknown);
        tally.add(Ok(&output(1.0)), Ok(&output(1.0)), "round 0");
        let result = tally.finish();
        assert_eq!(result.verdict, ParityVerdict::Unchecked);
        assert!(result.reason.expect("a reason").contains("no rule `closs`"));
        assert_eq!(worst(&[]), ParityVerdict::Unchecked);
    }

    #[test]
    fn the_worst_rule_is_the_verdict() {
        let (exact, close) = (rule("exact"), rule("close"));
        let results = [&exact, &close].map(|rule| {
            let mut tally = Tally::new(rule);
            tally.add(Ok(&output(1.0)), Ok(&output(1.05)), "round 0");
            tally.finish()
        });
        assert_eq!(results[1].verdict, ParityVerdict::WithinTolerance);
        assert_eq!(worst(&results), ParityVerdict::Different);
    }
}
