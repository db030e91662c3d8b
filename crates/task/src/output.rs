//! What a run leaves behind, kept until its last mark: numbers or classes, fold after fold.

use std::collections::BTreeMap;

use datasets::npy::{self, Array, Element};

type Folds<T> = BTreeMap<usize, Array<T>>;

/// An output is of one type: it holds numbers or classes, not both.
pub struct Output {
    pub(crate) name: &'static str,
    numbers: Folds<f64>,
    classes: Folds<i64>,
}

/// A value that an output may hold.
pub trait Kept: Element {
    #[doc(hidden)]
    fn folds(output: &mut Output) -> &mut Folds<Self>;
}

impl Kept for f64 {
    fn folds(output: &mut Output) -> &mut Folds<Self> {
        &mut output.numbers
    }
}

impl Kept for i64 {
    fn folds(output: &mut Output) -> &mut Folds<Self> {
        &mut output.classes
    }
}

/// An output as it is written.
pub(crate) struct Encoded {
    pub(crate) shape: Vec<u64>,
    pub(crate) bytes: Vec<u8>,
}

impl Output {
    pub(crate) fn named(name: &'static str) -> Self {
        Self { name, numbers: BTreeMap::new(), classes: BTreeMap::new() }
    }

    /// In the place of an earlier one of this fold.
    pub(crate) fn keep<T: Kept>(&mut self, fold: usize, array: Array<T>) {
        T::folds(self).insert(fold, array);
    }

    pub(crate) fn encoded(&self) -> Encoded {
        fn encode<T: Element>(array: Array<T>) -> Encoded {
            Encoded { bytes: npy::encode(&array), shape: array.shape }
        }
        if self.classes.is_empty() { encode(joined(&self.numbers)) } else { encode(joined(&self.classes)) }
    }

    /// The first number that is none, with its place.
    pub(crate) fn not_finite(&self) -> Option<(usize, f64)> {
        let numbers = self.numbers.values().flat_map(|fold| &fold.values).copied();
        numbers.enumerate().find(|(_, value)| !value.is_finite())
    }
}

/// The folds one after another.
fn joined<T: Element>(folds: &Folds<T>) -> Array<T> {
    let mut folds = folds.values();
    let mut array = folds.next().cloned().unwrap_or_else(|| Array { shape: vec![0], values: Vec::new() });
    for fold in folds {
        array.shape[0] += fold.shape[0];
        array.values.extend_from_slice(&fold.values);
    }
    array
}
