//! A table of rows with one target each, gathered as the run's split says: `holdout` has one fold,
//! `cv5` five, of which each judges in turn while the others train, and `all` one that trains on every
//! row and judges none. Iteration i is fold i modulo their number.

use datasets::npy::{Array, Element};
use schema::fault::Fault;

use crate::Stop;
use crate::room::room;
use crate::run::Inputs;

/// The targets are numbers, or classes as `i64`.
pub struct Table<T = f64> {
    /// Empty where the only fold is gathered already.
    x: Array<f64>,
    y: Vec<T>,
    folds: Vec<Fold>,
    turn: Turn<T>,
}

/// The row numbers that train and those that judge.
pub struct Fold {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// One fold's rows, row-major.
pub struct Turn<T = f64> {
    pub fold: usize,
    pub columns: usize,
    pub x_train: Vec<f64>,
    /// Empty where the rows are points without a target.
    pub y_train: Vec<T>,
    pub x_test: Vec<f64>,
}

impl<T: Element> Table<T> {
    fn new(x: Array<f64>, y: Vec<T>, folds: Vec<Fold>) -> Self {
        let turn = gather(&x, &y, &folds, 0);
        let nothing = Array { shape: vec![0], values: Vec::new() };
        let (x, y) = if folds.len() == 1 { (nothing, Vec::new()) } else { (x, y) };
        Self { x, y, folds, turn }
    }

    /// The fold whose turn it is; outside the marks, for only the work is timed.
    pub fn turn(&mut self, iteration: u32) -> &Turn<T> {
        let fold = iteration as usize % self.folds.len();
        if fold != self.turn.fold {
            self.turn = gather(&self.x, &self.y, &self.folds, fold);
        }
        &self.turn
    }
}

fn gather<T: Element>(x: &Array<f64>, y: &[T], folds: &[Fold], fold: usize) -> Turn<T> {
    let Fold { train, test } = &folds[fold];
    let columns = x.shape[1] as usize;
    let rows = |rows: &[usize]| {
        let mut values = room(rows.len() * columns);
        for row in rows {
            values.extend_from_slice(&x.values[row * columns..][..columns]);
        }
        values
    };
    let y_train = train.iter().filter_map(|row| y.get(*row)).copied().collect();
    Turn { fold, columns, x_train: rows(train), y_train, x_test: rows(test) }
}

impl Inputs {
    /// The inputs `x` and `y`, a number a row, with the first fold gathered.
    pub fn table(&self) -> Result<Table, Stop> {
        self.table_of::<f64>()
    }

    /// The inputs `x` and `y`, a class 0, 1, … a row, with the first fold gathered.
    pub fn classes(&self) -> Result<Table<i64>, Stop> {
        let table = self.table_of::<i64>()?;
        if let Some(class) = table.turn.y_train.iter().find(|class| **class < 0) {
            return Err(Fault::new("data manifest", format!("`y` holds {class}, which is no class")).into());
        }
        Ok(table)
    }

    /// The input `x` alone, with the first fold gathered.
    pub fn points(&self) -> Result<Table, Stop> {
        let x = self.array::<f64>("x")?;
        if x.shape.len() != 2 {
            let what = format!("`x` has shape {:?}; needed: rows × columns", x.shape);
            return Err(Fault::new("data manifest", what).into());
        }
        Ok(Table::new(x, Vec::new(), self.folds()?))
    }

    fn table_of<T: Element>(&self) -> Result<Table<T>, Stop> {
        let (x, y) = (self.array::<f64>("x")?, self.array::<T>("y")?);
        if x.shape.len() != 2 || y.shape != x.shape[..1] {
            let what = format!("`x` has shape {:?} and `y` {:?}; needed: rows × columns and rows", x.shape, y.shape);
            return Err(Fault::new("data manifest", what).into());
        }
        Ok(Table::new(x, y.values, self.folds()?))
    }

    /// The rows of each fold. The parts of a split are `train` and `test`, the rows that each fold judges,
    /// or `all`, which judges none.
    pub fn folds(&self) -> Result<Vec<Fold>, Stop> {
        let parts = self.part_names()?;
        if parts == ["all"] {
            return Ok(vec![Fold { train: self.rows("all")?, test: Vec::new() }]);
        }
        if !parts.iter().all(|part| part.starts_with("fold_")) {
            return Ok(vec![Fold { train: self.rows("train")?, test: self.rows("test")? }]);
        }
        let params = &self.params;
        let count = parts.len() as u32;
        if count < 2 || !params.warmup.is_multiple_of(count) || !params.iterations.is_multiple_of(count) {
            let what = format!("`warmup` and `iterations` are multiples of {count}, the folds of `{}`", params.split);
            return Err(Fault::new("params.json", what).hint("an iteration is one fold").into());
        }
        let rows = parts.iter().map(|part| self.rows(part)).collect::<Result<Vec<_>, Stop>>()?;
        let others = |fold: usize| rows.iter().enumerate().filter(move |(index, _)| *index != fold);
        let train = |fold| others(fold).flat_map(|(_, rows)| rows).copied().collect();
        Ok((0..rows.len()).map(|fold| Fold { train: train(fold), test: rows[fold].clone() }).collect())
    }
}
