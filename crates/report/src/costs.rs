//! What a choice costs: after how many runs a build has paid for itself, from measurements alone;
//! and money, only where the user filled the figures in.

use std::collections::BTreeMap;

use schema::analysis::{Analysis, CellAnalysis, Comparison, Interval, Role};
use schema::assessment::{BreakEven, CostInputs};
use schema::duration;
use schema::id::{ArmId, Id, Variant};
use schema::implementation::{Implementation, Language};

use crate::number::{quantity, significant};
use crate::orient;
use crate::table::{Cell, Table, number as numeric, text};

const NS_PER_MS: f64 = 1e6;
const NS_PER_S: f64 = 1e9;
const NS_PER_HOUR: f64 = 3.6e12;
const MONTHS_PER_YEAR: f64 = 12.0;

/// Cell by cell, library against library, where the build was from nothing: one over warm caches
/// says little.
pub fn break_even(analysis: &Analysis, implementations: &BTreeMap<Id, Implementation>) -> Vec<BreakEven> {
    let cells: Vec<&CellAnalysis> = analysis.cells.iter().filter(|_| analysis.measures).collect();
    crate::assessment::compared(&cells, Role::Library)
        .into_iter()
        .filter(|(_, comparison)| orient::shows_ratio(comparison))
        .filter_map(|(cell, comparison)| one(cell, comparison, implementations))
        .collect()
}

fn one(
    cell: &CellAnalysis,
    comparison: &Comparison,
    implementations: &BTreeMap<Id, Implementation>,
) -> Option<BreakEven> {
    let (rust, python) = sides(cell, comparison)?;
    let facts = &implementations.get(&rust.implementation)?.facts;
    let build_ms = facts.build_ms.filter(|_| facts.build_from_nothing == Some(true))?;
    let python_ns = if comparison.left == *python { comparison.left_value? } else { comparison.right_value? };
    let (gain, interval) = orient::gain_of(comparison, rust)?;
    let saved = |gain: f64| python_ns * (1.0 - 1.0 / gain);
    let runs = |saved: f64| build_ms as f64 * NS_PER_MS / saved;
    // Only what the verdict calls faster saves anything.
    let saves = orient::winner(comparison) == Some(rust) && !orient::depends_on_assumptions(comparison);
    let interval = interval.filter(|interval| interval.low > 0.0);
    Some(BreakEven {
        block_id: cell.block_id.clone(),
        rust: rust.implementation.clone(),
        python: python.implementation.clone(),
        build_ms,
        saved_ns: saved(gain),
        saved_interval: interval.map(|i| Interval { low: saved(i.low), high: saved(i.high) }),
        runs: saves.then(|| runs(saved(gain))),
        runs_interval: interval
            .filter(|interval| saves && interval.low > 1.0)
            .map(|i| Interval { low: runs(saved(i.high)), high: runs(saved(i.low)) }),
    })
}

fn sides<'a>(cell: &CellAnalysis, comparison: &'a Comparison) -> Option<(&'a ArmId, &'a ArmId)> {
    let (left, right) = (&comparison.left, &comparison.right);
    match (orient::language(cell, left)?, orient::language(cell, right)?) {
        (Language::Rust, Language::Python) => Some((left, right)),
        (Language::Python, Language::Rust) => Some((right, left)),
        _ => None,
    }
}

pub fn break_even_table(analysis: &Analysis, found: &[BreakEven]) -> Table {
    let columns = vec![
        text("cell"),
        text("Rust instead of Python"),
        numeric("build, from nothing"),
        numeric("saved a run"),
        numeric("runs until the build is paid back"),
    ];
    let caption = "Break-even in machine time: the time of the Rust build over what one run saves (95 % interval of the \
                   ratio carried through). It leaves out what writing the program costs";
    let mut table = Table::new(caption, columns);
    for one in found {
        let Some(cell) = analysis.cells.iter().find(|cell| cell.block_id == one.block_id) else { continue };
        let saved = quantity("ns", one.saved_ns);
        let spread = |i: Option<Interval>, show: &dyn Fn(f64) -> String| {
            i.map_or_else(|| " (no interval)".to_owned(), |i| format!(" ({} to {})", show(i.low), show(i.high)))
        };
        let whole = |runs: f64| significant(runs.ceil(), 3);
        table.rows.push(vec![
            Cell::text(&cell.cell.label).link(crate::views::anchor(cell)),
            Cell::text(format!("{} instead of {}", one.rust, one.python)),
            Cell::number(quantity("ns", one.build_ms as f64 * NS_PER_MS), Some(one.build_ms as f64)),
            Cell::number(format!("{saved}{}", spread(one.saved_interval, &|v| quantity("ns", v))), Some(one.saved_ns)),
            Cell::number(
                match one.runs {
                    Some(runs) => {
                        let lasting =
                            lasting(cell, one, runs).map_or_else(String::new, |time| format!(", {time} of work"));
                        format!("{}{}{lasting}", whole(runs), spread(one.runs_interval, &whole))
                    }
                    None => "never: no saving was shown".to_owned(),
                },
                one.runs,
            ),
        ]);
    }
    table
}

/// How long Rust works for that many runs: of a program that works now and then, that is a different while.
fn lasting(cell: &CellAnalysis, one: &BreakEven, runs: f64) -> Option<String> {
    let of = |arm: &ArmId| arm.implementation == one.rust && arm.variant == Variant::Plain;
    let primary =
        orient::primary(cell, Role::Library).find(|comparison| of(&comparison.left) || of(&comparison.right))?;
    let rust_ns = if of(&primary.left) { primary.left_value? } else { primary.right_value? };
    Some(duration::words(runs.ceil() * rust_ns / NS_PER_S))
}

/// One side's money; a line is empty where an input is.
struct Side {
    machine_hours: Option<f64>,
    machine: Option<f64>,
    operations: Option<f64>,
    development: Option<f64>,
}

impl Side {
    fn of(inputs: &CostInputs, hours: schema::assessment::SideCosts, run_ns: f64) -> Self {
        let product = |a: Option<f64>, b: Option<f64>| Some(a? * b?);
        let machine_hours = inputs.runs_per_month.map(|runs| runs * run_ns / NS_PER_HOUR);
        Self {
            machine_hours,
            machine: product(machine_hours, inputs.machine_hour_price),
            operations: product(hours.operations_hours_per_month, inputs.working_hour_price),
            development: product(hours.development_hours, inputs.working_hour_price),
        }
    }

    fn monthly(&self) -> Option<f64> {
        Some(self.machine? + self.operations?)
    }

    fn in_all(&self, years: f64) -> Option<f64> {
        Some(self.development? + self.monthly()? * years * MONTHS_PER_YEAR)
    }
}

/// The inputs that are still empty, by their names in the file.
pub fn empty_inputs(inputs: &CostInputs) -> Vec<&'static str> {
    let all = [
        ("runs_per_month", inputs.runs_per_month),
        ("machine_hour_price", inputs.machine_hour_price),
        ("working_hour_price", inputs.working_hour_price),
        ("python.development_hours", inputs.python.development_hours),
        ("python.operations_hours_per_month", inputs.python.operations_hours_per_month),
        ("rust.development_hours", inputs.rust.development_hours),
        ("rust.operations_hours_per_month", inputs.rust.operations_hours_per_month),
    ];
    all.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect()
}

/// Money by cell and side; none as long as no input that any line needs is there.
pub fn money(analysis: &Analysis, inputs: &CostInputs) -> Option<Table> {
    let example = if inputs.example { "EXAMPLE FIGURES, not yours: " } else { "" };
    let caption = format!(
        "{example}costs in {}, from config/assessment.yaml and the measured time of a run (geometric mean)",
        inputs.currency
    );
    let columns = vec![text("cell"), text("figure"), numeric("Python"), numeric("Rust"), numeric("Rust less Python")];
    let mut table = Table::new(caption, columns);
    let cells: Vec<&CellAnalysis> = analysis.cells.iter().collect();
    for (cell, comparison) in crate::assessment::compared(&cells, Role::Library) {
        if orient::shows_ratio(comparison) {
            table.rows.extend(money_of(cell, comparison, inputs).into_iter().flatten());
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

fn money_of(cell: &CellAnalysis, comparison: &Comparison, inputs: &CostInputs) -> Option<Vec<Vec<Cell>>> {
    let (rust, _) = sides(cell, comparison)?;
    let (left, right) = (comparison.left_value?, comparison.right_value?);
    let (rust_ns, python_ns) = if comparison.left == *rust { (left, right) } else { (right, left) };
    let (python, rust) = (Side::of(inputs, inputs.python, python_ns), Side::of(inputs, inputs.rust, rust_ns));
    let mut rows = Vec::new();
    let mut line = |figure: &str, python: Option<f64>, rust: Option<f64>| {
        if let (Some(python), Some(rust)) = (python, rust) {
            let value = |value: f64| Cell::number(significant(value, 4), Some(value));
            let label = Cell::text(&cell.cell.label).link(crate::views::anchor(cell));
            rows.push(vec![label, Cell::text(figure), value(python), value(rust), value(rust - python)]);
        }
    };
    line("machine hours a month", python.machine_hours, rust.machine_hours);
    line("machines a month", python.machine, rust.machine);
    line("operations a month", python.operations, rust.operations);
    line("development, once", python.development, rust.development);
    line(&format!("in all over {} years", inputs.years), python.in_all(inputs.years), rust.in_all(inputs.years));
    if let (Some(python_monthly), Some(rust_monthly)) = (python.monthly(), rust.monthly())
        && let (Some(before), Some(after)) = (python.development, rust.development)
    {
        rows.push(pays_back(cell, after - before, python_monthly - rust_monthly));
    }
    Some(rows)
}

fn pays_back(cell: &CellAnalysis, more_once: f64, less_monthly: f64) -> Vec<Cell> {
    let months = if more_once <= 0.0 {
        (less_monthly >= 0.0).then_some(0.0)
    } else {
        (less_monthly > 0.0).then(|| more_once / less_monthly)
    };
    let shown = months.map_or_else(|| "never at these figures".to_owned(), |months| significant(months, 3));
    vec![
        Cell::text(&cell.cell.label).link(crate::views::anchor(cell)),
        Cell::text("months until writing it in Rust is paid back"),
        Cell::default(),
        Cell::default(),
        Cell::number(shown, months),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_build_is_paid_back_after_its_time_over_what_a_run_saves() {
        let analysis = fixture::rust_faster();
        let found = break_even(&analysis, &fixture::implementations());
        // 41 s over (38.4 - 12.3) ms.
        let runs = found[0].runs.expect("Rust saves");
        assert!((runs - 41_000.0 / 26.1).abs() < 1e-6, "{runs}");
        let interval = found[0].runs_interval.expect("an interval");
        assert!(interval.low < runs && runs < interval.high);
        let shown = &break_even_table(&analysis, &found).rows[0];
        assert!(shown[4].shown.starts_with("1571 ("), "{}", shown[4].shown);
        // 1571 times 12.3 ms.
        assert!(shown[4].shown.ends_with(", 19 s of work"), "{}", shown[4].shown);
    }

    #[test]
    fn where_rust_is_slower_nothing_is_paid_back() {
        let analysis = fixture::python_faster();
        let found = break_even(&analysis, &fixture::implementations());
        assert!(found[0].runs.is_none() && found[0].saved_ns < 0.0);
        assert!(break_even_table(&analysis, &found).rows[0][4].shown.starts_with("never"));
        assert!(
            break_even(&fixture::different(), &fixture::implementations())
                .iter()
                .all(|one| one.block_id.as_str() != "b1")
        );
    }

    #[test]
    fn money_is_only_what_the_user_filled_in() {
        let analysis = fixture::rust_faster();
        let mut inputs = fixture::inputs().costs;
        assert!(money(&analysis, &inputs).is_none());
        assert_eq!(empty_inputs(&inputs).len(), 7);
        inputs.runs_per_month = Some(3.6e6);
        inputs.machine_hour_price = Some(0.5);
        let table = money(&analysis, &inputs).expect("machines");
        assert!(table.caption.starts_with("EXAMPLE FIGURES"));
        // 3.6 million runs of 38.4 ms are 38.4 hours.
        assert_eq!(table.rows[0][2].shown, "38.40");
        assert_eq!(table.rows[1][2].shown, "19.20");
        assert!(table.rows.iter().all(|row| !row[1].shown.contains("years")), "no total without hours");
        inputs.working_hour_price = Some(100.0);
        for side in [&mut inputs.python, &mut inputs.rust] {
            side.operations_hours_per_month = Some(1.0);
        }
        inputs.python.development_hours = Some(10.0);
        inputs.rust.development_hours = Some(20.0);
        let table = money(&analysis, &inputs).expect("all of it");
        let back = table.rows.iter().find(|row| row[1].shown.starts_with("months")).expect("a line");
        // 1000 more once, (38.4 - 12.3) × 0.5 less a month.
        assert!((back[4].value.expect("months") - 1000.0 / 13.05).abs() < 1e-6);
    }
}
