//! What no schema can say of a study: every name against what there is, every value against the
//! ranges of its task or dataset, and what contradicts what.

use std::collections::BTreeSet;

use datasets::table;
use schema::config::{AaBlocks, Cells, Claim, ClaimSide, DatasetChoice, Grid, Splitting, Study};
use schema::fault::{Fault, Faults};
use schema::id::{Id, Variant};
use schema::params::Mode;
use schema::task::TaskSpec;
use schema::yaml::{Lines, Located};

use crate::catalog::Catalog;
use crate::names;

mod hyperparameters;

/// What the analysis compares; a claim names one of them.
const METRICS: [&str; 5] = ["work_ns", "wall_ns", "cpu_ns", "rss_peak_bytes", "startup_ns"];

pub(crate) fn check(study: &Located<Study>, catalog: &Catalog, faults: &mut Faults) {
    let Located { value, lines } = study;
    let mut check = Check { lines, catalog, faults };
    check.contradictions(value);
    if let Cells::Grids(grids) = &value.cells {
        for (index, grid) in grids.iter().enumerate() {
            check.grid(&format!("/cells/{index}"), grid);
        }
    }
    for (index, claim) in value.claims.iter().enumerate() {
        check.claim(&format!("/claims/{index}"), claim, &value.claims[..index]);
    }
}

struct Check<'a> {
    lines: &'a Lines,
    catalog: &'a Catalog,
    faults: &'a mut Faults,
}

impl Check<'_> {
    fn fault(&mut self, pointer: &str, what: impl Into<String>) {
        self.faults.push(Fault::new(self.lines.place(pointer), what));
    }

    fn unknown<'k>(&mut self, pointer: &str, kind: &str, given: &str, known: impl IntoIterator<Item = &'k str>) {
        self.faults.push(names::unknown(self.lines.place(pointer), kind, given, known));
    }

    fn contradictions(&mut self, study: &Study) {
        let smoke = matches!(study.cells, Cells::Smoke(_));
        if smoke && study.measures {
            self.fault(
                "/cells",
                "`cells: smoke` shows that everything works and measures nothing; write `measures: false`",
            );
        }
        if !study.claims.is_empty() {
            if !study.measures {
                self.fault("/claims", "a study with `measures: false` makes no claim");
            } else if study.aa == AaBlocks::None {
                let what = "claims need an A/A block, which says what this machine can show; `aa: none` has none";
                self.fault("/claims", what);
            }
        }
        for (index, percent) in study.slowed.iter().enumerate() {
            if !(1..=99).contains(percent) {
                self.fault(&format!("/slowed/{index}"), format!("`slowed.{index}`: {percent} is not from 1 to 99"));
            }
        }
        self.once("/slowed", "slowed", &study.slowed);
    }

    /// An entry that stands twice would make the same cell twice.
    fn once<T: PartialEq>(&mut self, pointer: &str, key: &str, entries: &[T]) {
        for index in names::repeated(entries) {
            self.fault(&format!("{pointer}/{index}"), format!("`{key}.{index}` repeats an earlier entry"));
        }
    }

    fn grid(&mut self, at: &str, grid: &Grid) {
        self.once(&format!("{at}/algorithms"), "algorithms", &grid.algorithms);
        self.once(&format!("{at}/threads"), "threads", &grid.threads);
        self.once(&format!("{at}/modes"), "modes", &grid.modes);
        self.once(&format!("{at}/devices"), "devices", &grid.devices);
        for (index, _) in grid.threads.iter().enumerate().filter(|(_, threads)| **threads == 0) {
            self.fault(&format!("{at}/threads/{index}"), "0 threads do no work; allowed: 1 or more");
        }
        if grid.modes.iter().all(|mode| *mode == Mode::Cold) && (grid.warmup > 1 || grid.iterations > 1) {
            let what = format!(
                "a cold run does the work once: `warmup: {}` and `iterations: {}` contradict `modes: [cold]`",
                grid.warmup, grid.iterations
            );
            self.fault(at, what);
        }
        if grid.split == Some(Splitting::Cv5) && grid.modes.contains(&Mode::Cold) {
            let what =
                "a cold run does the work once, and `split: cv5` needs a run of each fold; write `modes: [warm]`";
            self.fault(&format!("{at}/split"), what);
        }
        let catalog = self.catalog;
        if !catalog.references.contains_key(&grid.task) {
            return self.unknown(&format!("{at}/task"), "task", grid.task.as_str(), catalog.task_names());
        }
        self.implementations(at, grid);
        if let Some(spec) = catalog.specs.get(&grid.task) {
            self.algorithms(at, grid, spec);
            self.datasets(at, grid, spec);
            self.split(at, grid, spec);
            self.hyperparameters(at, grid, spec);
        }
    }

    fn implementations(&mut self, at: &str, grid: &Grid) {
        let Some(given) = &grid.implementations else { return };
        let at = format!("{at}/implementations");
        if given.is_empty() {
            self.fault(&at, "the list is empty; leave `implementations` out to take all of the task's");
        }
        self.once(&at, "implementations", given);
        let catalog = self.catalog;
        for (index, id) in given.iter().enumerate() {
            if catalog.names_of(&grid.task).all(|known| known != id.as_str()) {
                let kind = format!("implementation of `{}`", grid.task);
                self.unknown(&format!("{at}/{index}"), &kind, id.as_str(), catalog.names_of(&grid.task));
            }
        }
    }

    fn algorithms(&mut self, at: &str, grid: &Grid, spec: &TaskSpec) {
        for (index, id) in grid.algorithms.iter().enumerate() {
            if !spec.algorithms.contains_key(id) {
                let kind = format!("algorithm of `{}`", grid.task);
                let known = spec.algorithms.keys().map(Id::as_str);
                self.unknown(&format!("{at}/algorithms/{index}"), &kind, id.as_str(), known);
            }
        }
    }

    fn datasets(&mut self, at: &str, grid: &Grid, spec: &TaskSpec) {
        let mut seen = BTreeSet::new();
        for (index, choice) in grid.datasets.iter().enumerate() {
            let at = format!("{at}/datasets/{index}");
            if !spec.datasets.contains(choice.name()) {
                let kind = format!("dataset of `{}`", grid.task);
                let known = spec.datasets.iter().map(Id::as_str);
                self.unknown(&at, &kind, choice.name().as_str(), known);
                continue;
            }
            match table::dataset_id(choice) {
                Ok(id) if seen.insert(id.clone()) => {}
                Ok(id) => self.fault(&at, format!("dataset `{id}` is listed twice")),
                Err(found) => self.dataset_faults(&at, choice, found),
            }
        }
        self.pairs(at, grid, spec);
    }

    /// Of several algorithms and datasets those that fit each other are run; one that fits none is a mistake.
    fn pairs(&mut self, at: &str, grid: &Grid, spec: &TaskSpec) {
        let fits = |algorithm: &Id, choice: &DatasetChoice| spec.datasets_of(algorithm).contains(choice.name());
        let algorithms: Vec<&Id> = grid.algorithms.iter().filter(|id| spec.algorithms.contains_key(*id)).collect();
        let known = |choice: &DatasetChoice| spec.datasets.contains(choice.name());
        let taken = |choice: &DatasetChoice| algorithms.iter().any(|algorithm| fits(algorithm, choice));
        for (index, choice) in grid.datasets.iter().enumerate().filter(|(_, choice)| known(choice) && !taken(choice)) {
            let at = format!("{at}/datasets/{index}");
            if let [algorithm] = algorithms[..] {
                let taken = spec.datasets_of(algorithm).iter().map(Id::as_str);
                self.unknown(&at, &format!("dataset of `{algorithm}`"), choice.name().as_str(), taken);
            } else if !algorithms.is_empty() {
                let takers: Vec<&str> = spec.algorithms.keys().filter(|id| fits(id, choice)).map(Id::as_str).collect();
                let what = format!("no algorithm of this cell takes it; these do: {}", takers.join(", "));
                self.fault(&at, format!("dataset `{}`: {what}", choice.name()));
            }
        }
        let any = grid.datasets.iter().any(taken);
        for (index, algorithm) in grid.algorithms.iter().enumerate().filter(|(_, id)| any && algorithms.contains(id)) {
            if !grid.datasets.iter().any(|choice| fits(algorithm, choice)) {
                let takes: Vec<&str> = spec.datasets_of(algorithm).iter().map(Id::as_str).collect();
                let what = format!("takes no dataset of this cell; it takes {}", takes.join(", "));
                self.fault(&format!("{at}/algorithms/{index}"), format!("`{algorithm}` {what}"));
            }
        }
    }

    fn split(&mut self, at: &str, grid: &Grid, spec: &TaskSpec) {
        let Some(given) = grid.split else { return };
        let at = format!("{at}/split");
        if let Some(only) = spec.split.filter(|only| *only != given) {
            let what =
                format!("`split: {}`: runs of `{}` have the split {} only", given.name(), spec.task, only.name());
            self.fault(&at, what);
        } else if given == Splitting::All && spec.split.is_none() {
            let what = format!("`split: all` leaves `{}` no rows to judge on; allowed: holdout, cv5", spec.task);
            self.fault(&at, what);
        }
    }

    fn dataset_faults(&mut self, at: &str, choice: &DatasetChoice, found: Faults) {
        for fault in found.0 {
            let what = format!("dataset `{}`: {}", choice.name(), fault.what);
            self.faults.push(Fault { place: self.lines.place(at), what, hint: fault.hint });
        }
    }

    fn claim(&mut self, at: &str, claim: &Claim, earlier: &[Claim]) {
        if earlier.iter().any(|other| other.id == claim.id) {
            self.fault(&format!("{at}/id"), format!("claim `{}` is there already", claim.id));
        }
        if !METRICS.contains(&claim.metric.as_str()) {
            self.unknown(&format!("{at}/metric"), "metric of a claim", claim.metric.as_str(), METRICS);
        }
        let catalog = self.catalog;
        if !catalog.references.contains_key(&claim.task) {
            return self.unknown(&format!("{at}/task"), "task", claim.task.as_str(), catalog.task_names());
        }
        for (key, side) in [("better", &claim.better), ("than", &claim.than)] {
            self.claim_side(&format!("{at}/{key}"), key, side, &claim.task);
        }
        if let (ClaimSide::Arm(better), ClaimSide::Arm(than)) = (&claim.better, &claim.than)
            && better == than
        {
            self.fault(&format!("{at}/than"), format!("claim `{}` compares `{than}` with itself", claim.id));
        }
    }

    fn claim_side(&mut self, at: &str, key: &str, side: &ClaimSide, task: &Id) {
        let ClaimSide::Arm(arm) = side else { return };
        let catalog = self.catalog;
        if catalog.names_of(task).all(|known| known != arm.implementation.as_str()) {
            let kind = format!("implementation of `{task}`");
            self.unknown(at, &kind, arm.implementation.as_str(), catalog.names_of(task));
        }
        if arm.variant != Variant::Plain {
            self.fault(at, format!("`{key}`: `{arm}` is there to calibrate; a claim is about implementations"));
        }
    }
}
