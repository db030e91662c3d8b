//! The closed table of parity rules: what "did the same work" may mean.

mod agent_prompts;
mod close;
mod exact;
mod labels;
mod quality;

use schema::evaluation::ParityVerdict;

use crate::output::Output;

pub struct Rule {
    pub id: &'static str,
    /// What is demanded of the two outputs, in words.
    pub demands: &'static str,
    /// Where the rule, or its form, comes from.
    pub reference: &'static str,
    pub compare: fn(&Output, &Output, Tolerance) -> Comparison,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tolerance {
    pub rtol: f64,
    pub atol: f64,
}

/// What one comparison of two outputs came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub verdict: ParityVerdict,
    pub largest_absolute: Option<f64>,
    pub largest_relative: Option<f64>,
    /// Why it is not the same; absent where it is.
    pub reason: Option<String>,
}

impl Comparison {
    fn identical() -> Self {
        Self {
            verdict: ParityVerdict::Identical,
            largest_absolute: Some(0.0),
            largest_relative: Some(0.0),
            reason: None,
        }
    }

    fn different(reason: impl Into<String>) -> Self {
        Self {
            verdict: ParityVerdict::Different,
            largest_absolute: None,
            largest_relative: None,
            reason: Some(reason.into()),
        }
    }
}

pub const RULES: &[Rule] = &[
    Rule {
        id: "agent_prompts",
        demands: "equal analysis prompts, and report prompts that are the template filled with the model's own analysis",
        reference: "bins/ollama-agent/prompts.json",
        compare: agent_prompts::compare,
    },
    Rule {
        id: "exact",
        demands: "the same type, shape and bits",
        reference: "numpy.testing.assert_array_equal(strict=True), on the bits",
        compare: exact::compare,
    },
    Rule {
        id: "close",
        demands: "equal shapes, all values finite, and |a − b| ≤ atol + rtol · max(|a|, |b|) for each pair of values",
        reference: "PEP 485, as a sum of both tolerances",
        compare: close::compare,
    },
    Rule {
        id: "labels",
        demands: "equal shapes, and the same clusters under paired names but in a share rtol of the rows; noise (-1) is noise on both sides",
        reference: "scipy.optimize.linear_sum_assignment on sklearn.metrics.cluster.contingency_matrix",
        compare: labels::compare,
    },
    Rule {
        id: "agree",
        demands: "equal shapes, and equal values but in a share rtol of them",
        reference: "sklearn.metrics.zero_one_loss",
        compare: quality::agree,
    },
    Rule {
        id: "objective",
        demands: "as close; what is not identical is called equally good, for either optimum may be the better one",
        reference: "PEP 485, as a sum of both tolerances",
        compare: quality::objective,
    },
    Rule {
        id: "apart",
        demands: "equal shapes, all values finite, and a root mean square difference of at most atol + rtol · the standard deviation of the values; equally good, for they are drawn at random",
        reference: "sklearn.metrics.root_mean_squared_error against numpy.std",
        compare: quality::apart,
    },
];

pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schema::id::Id;

    use super::*;

    #[test]
    fn every_entry_is_named_once_and_says_what_it_demands() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len(), "each id once");
        for rule in RULES {
            Id::new(rule.id).expect("an id");
            assert!(!rule.demands.is_empty() && !rule.reference.is_empty(), "{}", rule.id);
            assert!(find(rule.id).is_some_and(|found| found.demands == rule.demands));
        }
    }

    #[test]
    fn every_rule_calls_the_same_output_identical() {
        let output = Output::Lines(b"{\"a\":1}\n".to_vec());
        for rule in RULES {
            let comparison = (rule.compare)(&output, &output, Tolerance::default());
            assert_eq!(comparison, Comparison::identical(), "{}", rule.id);
        }
    }
}
