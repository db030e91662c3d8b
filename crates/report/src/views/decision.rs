//! The decision matrix as tables, and what is recommended in a sentence.

use schema::assessment::{Decision, WayScore};
use schema::selection::Selection;

use super::{NONE, or_none};
use crate::decision::way_name;
use crate::number::significant;
use crate::orient;
use crate::table::{Cell, Table, number, text};

/// `tuned Rust (regression_faer); in 3 % of 10,000 draws another way comes first`.
pub fn recommendation(decision: &Decision) -> String {
    let Some(recommended) = decision.recommended else {
        let ranked = decision.ways.iter().filter(|way| way.total.is_some()).count();
        return format!("no recommendation: {ranked} ways can be ranked{}", unknown(decision));
    };
    let who = decision.ways.iter().find(|way| way.way == recommended).map(names).unwrap_or_default();
    let flips = match decision.flips {
        None => String::new(),
        Some(0.0) => "; no draw of weights and measurements puts another way first".to_owned(),
        Some(flips) => {
            format!(
                "; another way comes first in {} % of draws of weights and measurements",
                significant(flips * 100.0, 2)
            )
        }
    };
    let settles = decision.settles.as_ref().map_or_else(String::new, |(criterion, left)| {
        format!(
            "; to know {criterion} and its weight exactly would settle most ({} % would remain)",
            significant(left * 100.0, 2)
        )
    });
    format!("{}{who}{flips}{settles}{}", way_name(recommended), unknown(decision))
}

fn names(way: &WayScore) -> String {
    let names: Vec<&str> = way.implementations.iter().map(schema::id::Id::as_str).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

fn unknown(decision: &Decision) -> String {
    if decision.unknown.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = decision.unknown.iter().map(schema::id::Id::as_str).collect();
    format!("; nothing is known here of {}", names.join(", "))
}

/// One use case of one task: criteria down, ways across.
pub fn matrix(decision: &Decision) -> Table {
    let mut columns = vec![text("criterion"), number("weight")];
    columns.extend(decision.ways.iter().map(|way| number(way_name(way.way))));
    let mut table = Table::new(
        format!("{}, {}: scores from 0 to 5, the best measured cost is 5", decision.task, decision.title),
        columns,
    );
    for (criterion, weight) in &decision.weights {
        let mut row = vec![Cell::text(criterion.as_str()), Cell::number(significant(*weight, 2), Some(*weight))];
        row.extend(decision.ways.iter().map(|way| match way.criteria.get(criterion) {
            Some(score) => Cell::number(significant(score.score, 2), Some(score.score)),
            None => Cell::text("not known"),
        }));
        table.rows.push(row);
    }
    let mut total = vec![Cell::text("together"), Cell::default()];
    total.extend(decision.ways.iter().map(|way| match way.total {
        Some(total) => Cell::number(significant(total, 3), Some(total)),
        None => Cell::text("not ranked"),
    }));
    table.rows.push(total);
    table
}

/// What each score rests on, once a task.
pub fn grounds<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Table {
    let mut table = Table::new("What the scores rest on", vec![text("criterion"), text("way"), text("rests on")]);
    let mut seen = std::collections::BTreeMap::new();
    for decision in decisions {
        for way in &decision.ways {
            for (criterion, score) in &way.criteria {
                seen.insert((criterion.clone(), way.way), score.rests_on.clone());
            }
        }
    }
    for ((criterion, way), rests_on) in seen {
        table.rows.push(vec![Cell::text(criterion.as_str()), Cell::text(way_name(way)), Cell::text(rests_on)]);
    }
    table
}

/// Facts about the frameworks, each with source and date.
pub fn ecosystem(selection: &Selection) -> Table {
    let columns = vec![
        text("framework"),
        text("language"),
        text("licence"),
        number("score"),
        text("criterion"),
        number("value"),
        text("because"),
        text("source"),
        text("date"),
    ];
    let mut table = Table::new("Frameworks: scores from 0 to 5 by facts of config/frameworks.yaml", columns);
    for framework in &selection.frameworks {
        for part in &framework.parts {
            let shown =
                |value: Option<f64>| Cell::number(value.map_or_else(|| NONE.to_owned(), |v| significant(v, 2)), value);
            table.rows.push(vec![
                Cell::text(format!("{} ({})", framework.name, framework.package)),
                Cell::text(orient::language_name(framework.language)),
                Cell::text(&framework.licence),
                shown(framework.score),
                Cell::text(part.criterion.as_str()),
                shown(part.value),
                Cell::text(or_none(part.because.clone())),
                Cell::text(or_none(part.source.clone())),
                Cell::text(or_none(part.date.clone())),
            ]);
        }
    }
    table
}
