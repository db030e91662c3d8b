//! The closed table of what is demanded of an implementation. A check is one function and one line.

// Every check has one form, also where the suite itself cannot get into trouble.
#[allow(clippy::unnecessary_wraps)]
mod identity;
mod repeats;
mod smoke;
mod wrong_input;

use anyhow::Result;
use schema::certificate::Check;
use schema::id::Id;

use crate::subject::{Ran, Subject};

/// Ok: as demanded, or what was found instead. Err: the suite itself is in trouble.
type Verdict = Result<Result<(), String>>;

pub(crate) struct Demand {
    pub(crate) id: &'static str,
    pub(crate) demands: &'static str,
    examine: fn(&Examined<'_>) -> Verdict,
}

pub(crate) const DEMANDS: &[Demand] = &[
    Demand { id: "files", demands: "every file is the one that was built, by its sha256", examine: identity::files },
    Demand {
        id: "describe",
        demands: "--describe prints a valid document that matches its name, its task and what was built",
        examine: identity::describe,
    },
    Demand {
        id: "build_facts",
        demands: "a Rust program is built with the feature of its own name alone",
        examine: identity::build_facts,
    },
    Demand { id: "help", demands: "--help explains the flags on stdout and exits with 0", examine: identity::help },
    Demand {
        id: "smoke",
        demands: "every algorithm does the smoke case: exit code 0 and a valid outcome of this run that says done",
        examine: smoke::done,
    },
    Demand { id: "stdout", demands: "a run by the protocol writes nothing to stdout", examine: smoke::stdout },
    Demand {
        id: "marks",
        demands: "the required marks, once each or once an iteration, in order, inside the process's life",
        examine: smoke::marks,
    },
    Demand {
        id: "outputs",
        demands: "every declared output with its type and shape, finite, as outcome.json lists it, 16 MiB at most",
        examine: smoke::outputs,
    },
    Demand {
        id: "same_seed",
        demands: "the same order and seed give the same bits in every output that a parity rule holds",
        examine: repeats::same_seed,
    },
    Demand { id: "threads", demands: "two threads do as well as one", examine: repeats::two_threads },
    Demand {
        id: "digest",
        demands: "capture `digest` leaves the digests of the same outputs and no files",
        examine: repeats::digest,
    },
    Demand {
        id: "slow_percent",
        demands: "slow_percent 99 makes the marks of the work at least 1.5 times as long",
        examine: repeats::slow_percent,
    },
    Demand {
        id: "unknown_key",
        demands: "an unknown key in params.json: exit code 2 with `error: …` and `hint: …`",
        examine: wrong_input::unknown_key,
    },
    Demand {
        id: "unknown_algorithm",
        demands: "an unknown algorithm: exit code 2 with `error: …` and `hint: …`",
        examine: wrong_input::unknown_algorithm,
    },
    Demand {
        id: "unknown_hyperparameter",
        demands: "an unknown hyperparameter: exit code 2 with `error: …`",
        examine: wrong_input::unknown_hyperparameter,
    },
    Demand {
        id: "another_dataset",
        demands: "another dataset in params.json than the data folder's: exit code 2 with `error: …`",
        examine: wrong_input::another_dataset,
    },
    Demand {
        id: "missing_data",
        demands: "a missing data file: exit code 2 with `error: …`, nothing left behind",
        examine: wrong_input::missing_data,
    },
    Demand {
        id: "truncated_data",
        demands: "an npy file shorter than its header says: exit code 2 with `error: …`, nothing left behind",
        examine: wrong_input::truncated_data,
    },
    Demand {
        id: "changed_data",
        demands: "data with another sha256 than the manifest's: exit code 2 with `error: …`, nothing left behind",
        examine: wrong_input::changed_data,
    },
    Demand {
        id: "not_a_number",
        demands: "a NaN in the data: exit code 2 with `error: …`, nothing left behind",
        examine: wrong_input::not_a_number,
    },
    Demand {
        id: "no_place_to_write",
        demands: "an output folder that cannot be written: exit code 1 or 2 with `error: …`",
        examine: wrong_input::no_place_to_write,
    },
];

/// The implementation with its run of every algorithm's smoke case, which most checks look at.
pub(crate) struct Examined<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) runs: Vec<(Id, Ran)>,
}

impl<'a> Examined<'a> {
    pub(crate) fn new(subject: &'a Subject<'a>) -> Result<Self> {
        let run = |algorithm: Id| Ok((algorithm.clone(), subject.run(&subject.order(&algorithm)?)?));
        let runs = subject.case.algorithms(subject.implementation).into_iter().map(run).collect::<Result<_>>()?;
        Ok(Self { subject, runs })
    }

    /// Every demand of the table, in its order.
    pub(crate) fn checks(&self) -> Result<Vec<Check>> {
        DEMANDS.iter().map(|demand| self.check(demand)).collect()
    }

    fn check(&self, demand: &Demand) -> Result<Check> {
        let verdict = (demand.examine)(self)?;
        Ok(Check {
            id: Id::new(demand.id)?,
            demands: demand.demands.to_owned(),
            passed: verdict.is_ok(),
            found: verdict.err().unwrap_or_default(),
        })
    }

    /// The first complaint about an algorithm, with the algorithm's name.
    fn each(&self, examine: impl Fn(&Id, &Ran) -> Verdict) -> Verdict {
        for (algorithm, ran) in &self.runs {
            if let Err(found) = examine(algorithm, ran)? {
                return Ok(Err(format!("{algorithm}: {found}")));
            }
        }
        Ok(Ok(()))
    }

    /// One algorithm stands for all where the library beneath does the work.
    fn any_algorithm(&self) -> Option<&Id> {
        self.runs.first().map(|(algorithm, _)| algorithm)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_demand_has_its_own_name_and_says_what_it_demands() {
        let ids: BTreeSet<&str> = DEMANDS.iter().map(|demand| demand.id).collect();
        assert_eq!(ids.len(), DEMANDS.len(), "each id once");
        for demand in DEMANDS {
            Id::new(demand.id).expect("an id");
            assert!(demand.demands.len() > 10, "{}", demand.id);
        }
    }
}
