//! How well scores put the rows of a class before the others.

use super::{Rows, Undefined};

/// Of one class against the rest: each row's score, and whether it is of the class.
pub(super) type Measure = fn(&[(f64, bool)]) -> Result<f64, Undefined>;

/// Of two classes the second one's measure, of more the mean over each class against the rest.
pub(super) fn over_classes(target: &[i64], scores: Rows<'_>, measure: Measure) -> Result<f64, String> {
    let classes = scores.columns.max(2);
    let has_column = |class: i64| usize::try_from(class).is_ok_and(|class| class < classes);
    if let Some(other) = target.iter().find(|class| !has_column(**class)) {
        return Err(format!("class {other} has no column among {}", scores.columns));
    }
    let of_class = |class: usize, column: usize| {
        let column_of = |row: usize| scores.values[row * scores.columns + column];
        let mut ranked: Vec<(f64, bool)> =
            target.iter().enumerate().map(|(row, own)| (column_of(row), usize::try_from(*own) == Ok(class))).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        measure(&ranked).map_err(|why| format!("undefined for class {class}: {why}"))
    };
    if scores.columns <= 2 {
        return of_class(1, scores.columns - 1);
    }
    let each: Vec<f64> = (0..scores.columns).map(|column| of_class(column, column)).collect::<Result<_, _>>()?;
    Ok(each.iter().sum::<f64>() / each.len() as f64)
}

/// The area under the curve of hits over false alarms. `ranked`: from the highest score on.
pub(super) fn roc(ranked: &[(f64, bool)]) -> Result<f64, Undefined> {
    let (mut hits, mut false_alarms, mut area) = (0.0, 0.0, 0.0);
    for (own, others) in tied(ranked) {
        area += others * (hits + own / 2.0);
        hits += own;
        false_alarms += others;
    }
    match (hits > 0.0, false_alarms > 0.0) {
        (true, true) => Ok(area / (hits * false_alarms)),
        (true, false) => Err("every row is of it"),
        (false, _) => Err("no row is of it"),
    }
}

pub(super) fn average_precision(ranked: &[(f64, bool)]) -> Result<f64, Undefined> {
    let (mut hits, mut taken, mut sum) = (0.0, 0.0, 0.0);
    for (own, others) in tied(ranked) {
        hits += own;
        taken += own + others;
        sum += own * hits / taken;
    }
    if hits > 0.0 { Ok(sum / hits) } else { Err("no row is of it") }
}

/// The numbers of rows of the class and of others with each score.
fn tied(ranked: &[(f64, bool)]) -> impl Iterator<Item = (f64, f64)> {
    ranked.chunk_by(|a, b| a.0 >= b.0 && b.0 >= a.0).map(|group| {
        let own = group.iter().filter(|(_, own)| *own).count();
        (own as f64, (group.len() - own) as f64)
    })
}
