//! The report: the answer in words, tables and plots, on one page that works offline.
//!
//! Everything that is shown derives from `analysis.json` and the documents beside it. Text from
//! outside is escaped where it is written and nowhere else: [`html::Html`] for the page,
//! [`themed_svg`] for plots, [`table`] for Markdown and CSV.

pub mod alerts;
pub mod assessment;
pub mod claims;
pub mod colour;
pub mod costs;
pub mod decision;
pub mod deployment;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod forms;
pub mod html;
pub mod kinds;
pub mod machines;
pub mod markdown;
pub mod number;
pub mod orient;
pub mod page;
pub mod plots;
pub mod reasons;
pub mod table;
pub mod tally;
pub mod themed_svg;
pub mod views;
pub mod words;

use std::collections::BTreeMap;

use schema::analysis::{Analysis, Assessment};
use schema::assessment::AssessmentInputs;
use schema::certificate::Certificate;
use schema::id::Id;
use schema::implementation::Implementation;
use schema::plan::Plan;
use schema::publication::Plot;
use schema::selection::Selection;

/// All that a report is made from.
pub struct Study<'a> {
    pub selection: &'a Selection,
    pub plan: &'a Plan,
    pub analysis: &'a Analysis,
    pub assessment: &'a Assessment,
    /// config/assessment.yaml, where it was given.
    pub inputs: Option<&'a AssessmentInputs>,
    pub implementations: &'a BTreeMap<Id, Implementation>,
    pub certificates: &'a BTreeMap<Id, Certificate>,
    /// Each plot with the text of its SVG file.
    pub plots: &'a [(Plot, String)],
}
