//! A table of rows with one target each, gathered as the run's split says: `holdout` has one fold,
//! `cv5` five, of which each judges in turn while the others train. Iteration i is fold i modulo
//! their number.

use datasets::npy::Array;
use schema::fault::Fault;

use crate::Stop;
use crate::room::room;
use crate::run::Inputs;

pub struct Table {
    /// Empty where the only fold is gathered already.
    x: Array<f64>,
    y: Array<f64>,
    folds: Vec<Fold>,
    turn: Turn,
}

/// The row numbers that train and those that judge.
pub struct Fold {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// One fold's rows, row-major.
pub struct Turn {
    pub fold: usize,
    pub columns: usize,
    pub x_train: Vec<f64>,
    pub y_train: Vec<f64>,
    pub x_test: Vec<f64>,
}

impl Table {
    pub(crate) fn new(x: Array<f64>, y: Array<f64>, folds: Vec<Fold>) -> Self {
        let turn = gather(&x, &y, &folds, 0);
        let nothing = || Array { shape: vec![0], values: Vec::new() };
        let (x, y) = if folds.len() == 1 { (nothing(), nothing()) } else { (x, y) };
        Self { x, y, folds, turn }
    }

    /// The fold whose turn it is; outside the marks, for only the work is timed.
    pub fn turn(&mut self, iteration: u32) -> &Turn {
        let fold = iteration as usize % self.folds.len();
        if fold != self.turn.fold {
            self.turn = gather(&self.x, &self.y, &self.folds, fold);
        }
        &self.turn
    }
}

fn gather(x: &Array<f64>, y: &Array<f64>, folds: &[Fold], fold: usize) -> Turn {
    let Fold { train, test } = &folds[fold];
    let columns = x.shape[1] as usize;
    let rows = |rows: &[usize]| {
        let mut values = room(rows.len() * columns);
        for row in rows {
            values.extend_from_slice(&x.values[row * columns..][..columns]);
        }
        values
    };
    let y_train = train.iter().map(|row| y.values[*row]).collect();
    Turn { fold, columns, x_train: rows(train), y_train, x_test: rows(test) }
}

impl Inputs<'_> {
    /// The inputs `x` and `y`, with the first fold gathered.
    pub fn table(&self) -> Result<Table, Stop> {
        let (x, y) = (self.array::<f64>("x")?, self.array::<f64>("y")?);
        if x.shape.len() != 2 || y.shape != x.shape[..1] {
            let what = format!("`x` has shape {:?} and `y` {:?}; needed: rows × columns and rows", x.shape, y.shape);
            return Err(Fault::new("data manifest", what).into());
        }
        Ok(Table::new(x, y, self.folds()?))
    }

    /// The rows of each fold. The parts of a split are `train` and `test`, or the rows that each fold judges.
    pub fn folds(&self) -> Result<Vec<Fold>, Stop> {
        let parts = self.part_names()?;
        if !parts.iter().all(|part| part.starts_with("fold_")) {
            return Ok(vec![Fold { train: self.rows("train")?, test: self.rows("test")? }]);
        }
        let params = self.params();
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
