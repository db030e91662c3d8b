//! One colour an implementation, everywhere, readable for the colour-blind, in light and dark.

use std::collections::{BTreeMap, BTreeSet};

use schema::analysis::Analysis;
use schema::id::Id;

/// After Okabe and Ito (2008), <https://jfly.uni-koeln.de/color/>, the light ones darkened for a
/// white page and the dark ones lightened for a black one. Contrast with the page is at least 3:1,
/// what WCAG 2.2 asks of graphics.
pub const LIGHT: [&str; 8] = ["#0072b2", "#c14a00", "#00805e", "#b0518b", "#8f6b00", "#3d7fa8", "#6b6b00", "#666666"];
pub const DARK: [&str; 8] = ["#5ab4f0", "#ff8f52", "#3dd3a4", "#eba6ce", "#f0bd4a", "#9bd4f7", "#e3d95c", "#b5b5b5"];

/// The colour's number by implementation: in the order of their ids, so it is the same in each
/// plot and each table of a study.
pub fn of_implementations(analysis: &Analysis) -> BTreeMap<Id, usize> {
    let ids: BTreeSet<&Id> =
        analysis.cells.iter().flat_map(|cell| &cell.arms).map(|arm| &arm.facts.implementation).collect();
    ids.into_iter().enumerate().map(|(index, id)| (id.clone(), index % LIGHT.len())).collect()
}

/// The class that gives an HTML element the colour.
pub fn class(number: usize) -> &'static str {
    ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"][number % LIGHT.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance by WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hexadecimal")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn every_colour_stands_out_from_its_page() {
        for (colours, page) in [(LIGHT, crate::page::PAPER_LIGHT), (DARK, crate::page::PAPER_DARK)] {
            for colour in colours {
                let (a, b) = (luminance(colour) + 0.05, luminance(page) + 0.05);
                assert!(a.max(b) / a.min(b) >= 3.0, "{colour} on {page}");
            }
        }
    }
}
