//! How often the predicted class is the right one.

use std::collections::BTreeMap;

/// What became of one class, among the classes that are there or were predicted.
#[derive(Default)]
struct Counts {
    hits: u64,
    there: u64,
    predicted: u64,
}

pub(super) struct Confusion {
    classes: BTreeMap<i64, Counts>,
    rows: usize,
}

impl Confusion {
    pub(super) fn of(target: &[i64], predicted: &[i64]) -> Self {
        let mut classes: BTreeMap<i64, Counts> = BTreeMap::new();
        for (there, predicted) in target.iter().zip(predicted) {
            classes.entry(*there).or_default().there += 1;
            let counts = classes.entry(*predicted).or_default();
            counts.predicted += 1;
            counts.hits += u64::from(there == predicted);
        }
        Self { classes, rows: target.len() }
    }

    fn mean(&self, of: impl Fn(&Counts) -> (u64, u64)) -> f64 {
        let share = |counts: &Counts| match of(counts) {
            (_, 0) => 0.0,
            (part, whole) => part as f64 / whole as f64,
        };
        self.classes.values().map(share).sum::<f64>() / self.classes.len() as f64
    }
}

pub(super) fn accuracy(confusion: &Confusion) -> f64 {
    let hits: u64 = confusion.classes.values().map(|counts| counts.hits).sum();
    hits as f64 / confusion.rows as f64
}

pub(super) fn precision(confusion: &Confusion) -> f64 {
    confusion.mean(|counts| (counts.hits, counts.predicted))
}

pub(super) fn recall(confusion: &Confusion) -> f64 {
    confusion.mean(|counts| (counts.hits, counts.there))
}

pub(super) fn f1(confusion: &Confusion) -> f64 {
    confusion.mean(|counts| (2 * counts.hits, counts.predicted + counts.there))
}
