//! What runs used besides what is compared, and what could not be read on this machine.

use schema::analysis::{Analysis, CellAnalysis};
use schema::detail::Used;
use schema::record::EnergySource;

use super::NONE;
use crate::number::Scale;
use crate::orient::{figure_name, metric_name};
use crate::table::{Cell, Table, choice, number, text};

pub fn used(cell: &CellAnalysis) -> Table {
    let columns = vec![
        text("implementation"),
        choice("figure"),
        number("n"),
        number("mean"),
        text("95 % t interval"),
        number("largest"),
        text("how it is known"),
    ];
    let mut table = Table::new("What the runs used besides: described, not judged", columns);
    for arm in &cell.arms {
        for (id, used) in &arm.used {
            let mut row = vec![Cell::text(arm.facts.arm.to_string()), Cell::text(metric_name(id))];
            row.extend(figures(used));
            table.rows.push(row);
        }
    }
    table
}

fn figures(used: &Used) -> [Cell; 5] {
    let scale = Scale::of(&used.unit, [used.max]);
    let interval =
        used.interval.map(|interval| format!("{} to {}", scale.show(interval.low), scale.show(interval.high)));
    [
        Cell::count(used.n),
        Cell::number(scale.show(used.mean), Some(used.mean)),
        Cell::text(interval.as_deref().unwrap_or(NONE)),
        Cell::number(scale.show(used.max), Some(used.max)),
        Cell::text(match used.by {
            Some(EnergySource::Counter) => "the hardware's own counter",
            Some(EnergySource::Estimate) => "an estimate: sampled power, times time",
            None if used.unit == "%" || used.unit == "bytes" => "the kernel's or the driver's own account, sampled",
            None => NONE,
        }),
    ]
}

/// Figures that this machine does not give, with the reason.
pub fn not_read(analysis: &Analysis) -> Table {
    let mut table = Table::new("What could not be read here", vec![text("figure"), text("because"), number("runs")]);
    table.rows = analysis
        .not_read
        .iter()
        .map(|one| vec![Cell::text(figure_name(&one.figure)), Cell::text(&one.reason), Cell::count(one.runs)])
        .collect();
    table
}
