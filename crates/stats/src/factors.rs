//! What the parts of a variation are: of runs and of configurations, of one factor and of two.

use crate::absence::{Absence, checked};
use crate::describe::mean_of;
use crate::distribution::{f_lower, f_upper};
use crate::spread::between_and_within;

/// Variation between configurations beside that of runs of one configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Components {
    pub runs: usize,
    pub configurations: usize,
    /// Standard deviation of the runs of one configuration.
    pub sd_run: f64,
    /// Standard deviation of the configurations' true means; 0 where runs explain everything.
    pub sd_configuration: f64,
    /// P of means that lie as close together as these, by chance: near 0, the data are too even to
    /// be runs of their own spread.
    pub p_too_even: f64,
}

/// From the mean squares (balanced: what restricted maximum likelihood gives too); a negative
/// component is 0, and the runs' then takes all of the variation.
pub fn components(configurations: &[&[f64]]) -> Result<Components, Absence> {
    let squares = between_and_within(configurations)?;
    let sizes: Vec<f64> = configurations.iter().map(|runs| runs.len() as f64).collect();
    let runs: f64 = sizes.iter().sum();
    let size = (runs - sizes.iter().map(|size| size * size).sum::<f64>() / runs) / squares.df_between;
    let (between, within) = (squares.between / squares.df_between, squares.within / squares.df_within);
    let own = (between - within) / size;
    let run = if own > 0.0 { within } else { (squares.between + squares.within) / (runs - 1.0) };
    Ok(Components {
        runs: runs as usize,
        configurations: configurations.len(),
        sd_run: run.sqrt(),
        sd_configuration: own.max(0.0).sqrt(),
        p_too_even: f_lower(squares.f(), squares.df_between, squares.df_within),
    })
}

/// Iterations inside a process after which another process tells more (Kalibera and Jones 2013): the
/// costs of starting one and of iterating, and the variances between processes and inside one.
pub fn iterations_worth(start: f64, iteration: f64, between: f64, within: f64) -> Result<usize, Absence> {
    checked(&[start, iteration, between, within], 4)?;
    if start <= 0.0 || iteration <= 0.0 || between < 0.0 || within < 0.0 {
        return Err(Absence::OutOfRange);
    }
    if between == 0.0 {
        return Err(Absence::NoSpread);
    }
    Ok((start / iteration * within / between).sqrt().ceil().max(1.0) as usize)
}

/// What one factor does to the logarithm of a cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    pub p: f64,
    /// Share of the variation that the factor explains, corrected for chance; 0 where chance would
    /// explain more.
    pub omega_squared: f64,
}

/// One-way analysis of variance.
pub fn one_way(levels: &[&[f64]]) -> Result<Effect, Absence> {
    let squares = between_and_within(levels)?;
    let noise = squares.within / squares.df_within;
    Ok(effect(squares.between, squares.df_between, noise, squares.df_within, squares.between + squares.within))
}

fn effect(own: f64, df: f64, noise: f64, df_noise: f64, total: f64) -> Effect {
    Effect {
        p: f_upper(own / df / noise, df, df_noise),
        omega_squared: ((own - df * noise) / (total + noise)).max(0.0),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoWay {
    pub rows: Effect,
    pub columns: Effect,
    pub interaction: Effect,
}

/// Two-way analysis of variance of `cells[row][column]`, each with equally many values.
pub fn two_way(cells: &[Vec<Vec<f64>>]) -> Result<TwoWay, Absence> {
    let (a, b) = (cells.len(), cells.first().map_or(0, Vec::len));
    let size = cells.first().and_then(|row| row.first()).map_or(0, Vec::len);
    if a < 2 || b < 2 || size < 2 {
        return Err(Absence::TooFew { n: a.min(b).min(size), needed: 2 });
    }
    if cells.iter().any(|row| row.len() != b || row.iter().any(|cell| cell.len() != size)) {
        return Err(Absence::LengthsDiffer);
    }
    let flat: Vec<&[f64]> = cells.iter().flatten().map(Vec::as_slice).collect();
    let squares = between_and_within(&flat)?;
    let row_values: Vec<Vec<f64>> = cells.iter().map(|row| row.concat()).collect();
    let column_values: Vec<Vec<f64>> =
        (0..b).map(|column| cells.iter().flat_map(|row| row[column].iter().copied()).collect()).collect();
    let mean = mean_of(&flat.concat());
    let between = |groups: &[Vec<f64>]| -> f64 {
        groups.iter().map(|group| group.len() as f64 * (mean_of(group) - mean).powi(2)).sum()
    };
    let (rows, columns) = (between(&row_values), between(&column_values));
    let (df_rows, df_columns) = (a as f64 - 1.0, b as f64 - 1.0);
    let noise = squares.within / squares.df_within;
    let total = squares.between + squares.within;
    let of = |own: f64, df: f64| effect(own, df, noise, squares.df_within, total);
    Ok(TwoWay {
        rows: of(rows, df_rows),
        columns: of(columns, df_columns),
        interaction: of((squares.between - rows - columns).max(0.0), df_rows * df_columns),
    })
}
