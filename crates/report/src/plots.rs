//! The plots of a study. Each is a function of the analysis; [`all`] is their table.

mod axis;
mod curves;
mod distribution;
mod forest;
mod frame;
mod limits;
mod machines;
mod marks;
mod plane;
mod rounds;
mod sensitivity;
mod shares;
mod timeline;

use std::collections::BTreeMap;

use schema::analysis::{Analysis, Role};
use schema::id::Id;
use schema::publication::Plot;

use crate::colour;

pub use frame::DrawError;
pub(crate) use machines::draw as machines;

pub struct Drawing {
    pub plot: Plot,
    pub svg: String,
}

/// What every plot is made from.
pub(crate) struct Source<'a> {
    pub(crate) analysis: &'a Analysis,
    /// Each implementation's number: its colour and its shape.
    pub(crate) numbers: BTreeMap<Id, usize>,
}

impl Source<'_> {
    pub(crate) fn colour(&self, implementation: &Id) -> plotters::style::RGBColor {
        crate::themed_svg::implementation(self.number(implementation))
    }

    pub(crate) fn number(&self, implementation: &Id) -> usize {
        self.numbers.get(implementation).copied().unwrap_or_default()
    }
}

/// The study's own plots, then each cell's; a plot without anything to draw is left out.
pub fn all(analysis: &Analysis) -> Result<Vec<Drawing>, DrawError> {
    let source = Source { analysis, numbers: colour::of_implementations(analysis) };
    let mut drawings = Vec::new();
    for kind in [forest::LIBRARY, forest::TUNED, forest::MEMORY] {
        drawings.extend(forest::draw(&source, &kind)?);
    }
    for (_, task) in crate::assessment::tasks(analysis) {
        drawings.extend(curves::draw(&source, task)?);
        drawings.extend(sensitivity::draw(&source, task)?);
    }
    for cell in &analysis.cells {
        drawings.extend(distribution::time(&source, cell)?);
        drawings.extend(distribution::memory(&source, cell)?);
        drawings.extend(shares::draw(&source, cell)?);
        drawings.extend(timeline::draw(&source, cell)?);
        drawings.extend(limits::draw(&source, cell)?);
        drawings.extend(rounds::draw(&source, cell)?);
    }
    Ok(drawings)
}

/// The file of a study-wide plot of ratios, by the role that it shows.
pub fn ratios_file(role: Role) -> &'static str {
    if role == Role::Tuned { forest::TUNED.file } else { forest::LIBRARY.file }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_study_draws_what_it_has_and_names_each_file_once() {
        for analysis in fixture::all() {
            let drawings = all(&analysis).expect("drawn");
            let mut files: Vec<&str> = drawings.iter().map(|drawing| drawing.plot.file.as_str()).collect();
            files.sort_unstable();
            files.dedup();
            assert_eq!(files.len(), drawings.len());
            for drawing in &drawings {
                crate::themed_svg::inline(&drawing.svg).expect("fit for the page");
                assert!(!drawing.plot.caption.is_empty());
                assert!(
                    !["NaN", "\"inf", "-2147483648"].iter().any(|bad| drawing.svg.contains(bad)),
                    "{}",
                    drawing.svg
                );
            }
        }
        assert!(all(&fixture::nothing_measured()).expect("drawn").is_empty());
        assert!(all(&fixture::all_failed()).expect("drawn").is_empty());
    }

    #[test]
    fn points_are_drawn_with_their_values_and_axes_with_their_units() {
        let drawings = all(&fixture::rust_faster()).expect("drawn");
        let find = |file: &str| drawings.iter().find(|drawing| drawing.plot.file == file).expect(file);
        let time = find("time_b1.svg");
        assert_eq!(time.svg.matches("<title>").count(), 5 * 20, "each of 20 runs of 5 arms");
        assert!(time.svg.contains(" ms, log scale (less is better)"), "{}", time.svg);
        let ratios = find("ratios_library.svg");
        assert_eq!(ratios.svg.matches("<title>").count(), 2 * 2, "interval and point of two pairs");
        assert!(ratios.svg.contains("log scale"));
        assert!(find("memory_b1.svg").svg.contains("MiB"));
        let limits = find("limits_b1.svg");
        assert!(limits.svg.contains("1.90 of 2 (") && limits.svg.contains("of the machine&#39;s"), "{}", limits.svg);
    }

    #[test]
    fn a_run_is_drawn_in_its_order_with_warm_up_told_apart() {
        let drawings = all(&fixture::rust_faster()).expect("drawn");
        let of = |file: &str| &drawings.iter().find(|drawing| drawing.plot.file == file).expect(file).svg;
        let warm = of("timeline_b1.svg");
        for part in [
            "regression_linfa, round 10",
            "fit (warm-up, does not count, iteration 0)",
            "fit (work, iteration 1)",
            "load (no work, iteration 0)",
            "% of the whole process",
            "(1 iteration)",
        ] {
            assert!(warm.contains(part), "{part} in {warm}");
        }
        assert!(!warm.contains("@a2"), "an implementation once");
        let cold = of("timeline_b2.svg");
        assert!(cold.contains("fit (work, iteration 0)") && !cold.contains("warm-up"), "{cold}");
    }

    #[test]
    fn each_level_of_a_parameter_has_its_ratio_and_interval() {
        let drawings = all(&fixture::detailed()).expect("drawn");
        let drawing = drawings.iter().find(|one| one.plot.file == "sensitivity_0_regression.svg").expect("drawn");
        assert!(drawing.svg.contains("threads = 1") && drawing.svg.contains("threads = 2"), "{}", drawing.svg);
        // The second over the first, so that right of 1 the first needs less.
        assert!(drawing.svg.contains("1.92× (1.82–2.04), n = 60 rounds of 3 cells"), "{}", drawing.svg);
        assert!(drawing.plot.caption.contains("threads: interaction with the language, adjusted p 0.0021"));
    }

    #[test]
    fn drawings_are_the_same_every_time_and_well_formed() {
        let draw = || all(&fixture::hostile()).expect("drawn").into_iter().map(|d| d.svg).collect::<Vec<_>>();
        assert_eq!(draw(), draw());
        for svg in draw() {
            let opened = svg.matches('<').count() - svg.matches("</").count();
            assert_eq!(opened, svg.matches("</").count() + svg.matches("/>").count(), "{svg}");
        }
    }
}
