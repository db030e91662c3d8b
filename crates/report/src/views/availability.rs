//! What phase 1 found of each implementation's needs.

use super::or_none;
use crate::Study;
use crate::table::{Cell, Table, text};

/// A row an implementation of the study's tasks.
pub fn availability(study: &Study<'_>) -> Table {
    let columns = vec![text("implementation"), text("needs"), text("here"), text("found"), text("remedy")];
    let mut table = Table::new("What each implementation needs on this machine", columns);
    for one in &study.selection.availability {
        table.rows.push(vec![
            Cell::text(one.implementation.as_str()),
            Cell::text(one.needs.clone()),
            Cell::text(if one.available { "✓" } else { "✗" }),
            Cell::text(one.found.clone()),
            Cell::text(or_none(one.remedy.clone().unwrap_or_default())),
        ]);
    }
    table
}
