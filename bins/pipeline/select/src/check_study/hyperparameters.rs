//! A grid's hyperparameters against the schemas of its algorithms.

use std::collections::BTreeSet;

use schema::config::Grid;
use schema::defaults;
use schema::fault::Fault;
use schema::task::{Algorithm, TaskSpec};
use serde_json::{Map, Value};

use super::Check;

impl Check<'_> {
    pub(super) fn hyperparameters(&mut self, at: &str, grid: &Grid, spec: &TaskSpec) {
        let algorithms: Vec<&Algorithm> = grid.algorithms.iter().filter_map(|id| spec.algorithms.get(id)).collect();
        let known: BTreeSet<&str> =
            algorithms.iter().flat_map(|algorithm| defaults::names(&algorithm.parameters)).collect();
        for (name, values) in &grid.hyperparameters {
            let at = format!("{at}/hyperparameters/{}", name.replace('~', "~0").replace('/', "~1"));
            if values.is_empty() {
                self.fault(&at, format!("`hyperparameters.{name}`: the list is empty; at least one entry is needed"));
            }
            self.once(&at, &format!("hyperparameters.{name}"), values);
            // An algorithm that is not known has its own fault; its hyperparameters cannot be.
            if !known.contains(name.as_str()) && algorithms.len() == grid.algorithms.len() {
                self.unknown(&at, "hyperparameter", name, known.iter().copied());
            }
        }
        for algorithm in algorithms {
            self.values(at, grid, algorithm);
        }
    }

    /// Every listed value, one at a time, with the first value of each other hyperparameter.
    fn values(&mut self, at: &str, grid: &Grid, algorithm: &Algorithm) {
        let taken = defaults::names(&algorithm.parameters);
        let listed = || grid.hyperparameters.iter().filter(|(name, _)| taken.contains(&name.as_str()));
        let first: Map<String, Value> =
            listed().filter_map(|(name, values)| Some((name.clone(), values.first()?.clone()))).collect();
        let mut told: Vec<Fault> = Vec::new();
        if let Err(found) = defaults::fill(&algorithm.parameters, &first) {
            told.extend(found.0.into_iter().map(|fault| self.placed(&format!("{at}/hyperparameters"), fault)));
        }
        for (name, values) in listed() {
            for (index, value) in values.iter().enumerate().skip(1) {
                let mut given = first.clone();
                given.insert(name.clone(), value.clone());
                let Err(found) = defaults::fill(&algorithm.parameters, &given) else { continue };
                let at = format!("{at}/hyperparameters/{name}/{index}");
                // What is wrong with the first values is told already.
                let new = found.0.into_iter().filter(|fault| told.iter().all(|other| other.what != fault.what));
                let new: Vec<Fault> = new.map(|fault| self.placed(&at, fault)).collect();
                told.extend(new);
            }
        }
        for fault in told {
            if !self.faults.0.contains(&fault) {
                self.faults.push(fault);
            }
        }
    }

    fn placed(&self, at: &str, fault: Fault) -> Fault {
        Fault { place: self.lines.place(at), ..fault }
    }
}
