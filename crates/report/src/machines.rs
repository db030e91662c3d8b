//! One report over the results of several machines. No cost of one is held against a cost of another;
//! whether each machine's own ratios say the same can be.

mod everywhere;

use std::fmt::Write;

use schema::analysis::Analysis;

use crate::html::Html;
use crate::number::count;
use crate::orient::metric_name;
use crate::page;
use crate::plots::{self, DrawError};
use crate::table::{Cell, Table, choice, markdown, number, text};
use crate::themed_svg;
use crate::words;

use everywhere::Agreement;
pub(crate) use everywhere::Everywhere;

/// A result, by the letter that stands for it.
pub struct Machine<'a> {
    pub letter: char,
    /// Its own report, from the page.
    pub report: Option<String>,
    pub analysis: &'a Analysis,
}

/// The page, and the same as text.
pub struct Pages {
    pub html: String,
    pub markdown: String,
    /// Comparisons that two machines or more have.
    pub shared: u32,
}

pub fn pages(machines: &[Machine<'_>]) -> Result<Pages, DrawError> {
    let found = everywhere::collect(machines);
    let drawing = plots::machines(machines, &found)?;
    let lead = lead(machines, &found);
    let tables = [of_machines(machines), of_ratios(machines, &found)];
    let mut main = Html::default();
    main.open("section", &[("id", "answer")]).fixed("<h2 class=\"quiet\">The answer</h2>\n");
    main.element("p", &[("class", "lead")], &lead);
    if let Some(drawing) = drawing {
        main.open("figure", &[]).open("figcaption", &[]).element("b", &[], &drawing.title).text(". ");
        main.text(&drawing.caption).close("figcaption");
        if let Ok(svg) = themed_svg::inline(&drawing.svg) {
            main.open("div", &[("class", "drawing")]).append(&svg).close("div");
        }
        main.close("figure");
    }
    main.close("section").open("section", &[("id", "rests_on")]);
    main.fixed("<h2>Machine by machine</h2>\n");
    for table in &tables {
        main.append(&table.to_html());
    }
    main.element("p", &[], METHOD).close("section");
    let footer =
        "Made by Ferrobench from the analyses of the results named above. This page loads nothing from anywhere.";
    let mut text = format!("# {TITLE}\n\n{}\n\n", markdown(&lead));
    for table in &tables {
        let _ = writeln!(text, "{}", table.to_markdown());
    }
    let _ = writeln!(text, "{METHOD}");
    Ok(Pages {
        html: page::document("Ferrobench · several machines", TITLE, &main, footer),
        markdown: text,
        shared: found.len() as u32,
    })
}

const TITLE: &str = "The same comparisons on several machines";
const METHOD: &str = "Each ratio with its 95 % t interval is of one machine, by its own paired rounds, and its verdict is the one \
    that the machine's own report gives, corrected there for the number of comparisons. The last column holds the ratios of \
    the rounds against those of the first machine that has them (Welch, on the logarithms), each by itself and not \
    corrected for their number here. By how much one side is faster may well differ between machines; that another side \
    is faster is what “otherwise” marks.";

fn lead(machines: &[Machine<'_>], found: &[Everywhere<'_>]) -> String {
    let of = |wanted: Agreement| found.iter().filter(|one| one.agreement() == wanted).count();
    let otherwise: Vec<&str> =
        found.iter().filter(|one| one.agreement() == Agreement::Otherwise).map(|one| one.label).collect();
    let named = match otherwise.as_slice() {
        [] => String::new(),
        [one] => format!(" It is {one}."),
        [one, rest @ ..] => format!(" The first is {one}, and {} more stand in the table.", rest.len()),
    };
    format!(
        "{}. Of {} that two or more of them have, {} come out the same on each, {} otherwise on one than on another, {} are \
         shown on some only, {} on none.{named}",
        count(machines.len() as u32, "machine", "machines"),
        count(found.len() as u32, "comparison", "comparisons"),
        of(Agreement::Same),
        of(Agreement::Otherwise),
        of(Agreement::Partly),
        of(Agreement::Open)
    )
}

fn of_machines(machines: &[Machine<'_>]) -> Table {
    let columns = vec![
        text("machine"),
        text("processor"),
        number("processors"),
        text("memory"),
        text("kernel"),
        text("virtual"),
        text("study"),
        text("build"),
        number("cells"),
        number("runs ok"),
    ];
    let mut table = Table::new("The machines and their results", columns);
    for machine in machines {
        let (analysis, of) = (machine.analysis, &machine.analysis.fingerprint);
        let mut letter = Cell::text(machine.letter.to_string());
        letter.link.clone_from(&machine.report);
        table.rows.push(vec![
            letter,
            Cell::text(&of.cpu_model),
            Cell::count(of.cores),
            Cell::text(format!("{} GiB", of.memory_gib)),
            Cell::text(&of.kernel),
            Cell::text(of.hypervisor.as_deref().unwrap_or("no")),
            Cell::text(analysis.study.as_str()),
            Cell::text(if analysis.measured_build { analysis.build_profile.clone() } else { not_measured(analysis) }),
            Cell::count(analysis.cells.len() as u32),
            Cell::number(format!("{} of {}", analysis.runs.ok, analysis.runs.attempted), None),
        ]);
    }
    table
}

fn not_measured(analysis: &Analysis) -> String {
    format!("{}: not a measured build", analysis.build_profile)
}

/// A row a comparison and machine.
fn of_ratios(machines: &[Machine<'_>], found: &[Everywhere<'_>]) -> Table {
    let columns = vec![
        text("cell"),
        text("compared"),
        choice("metric"),
        choice("machine"),
        number("ratio"),
        number("n"),
        choice("verdict there"),
        text("same results"),
        choice("over all"),
        text("over the first machine's ratio"),
    ];
    let mut table = Table::new("Every comparison that two machines or more have", columns);
    for one in found {
        for (machine, found) in machines.iter().zip(&one.each) {
            let Some((_, comparison)) = found else { continue };
            let ratio = comparison.ratio.filter(|_| !words::factor(comparison).is_empty());
            table.rows.push(vec![
                Cell::text(one.label),
                Cell::text(format!("{} against {}", comparison.left, comparison.right)),
                Cell::text(metric_name(&comparison.metric)),
                Cell::text(machine.letter.to_string()),
                Cell::number(words::factor(comparison), ratio),
                Cell::count(comparison.n),
                Cell::text(words::verdict_with_winner(comparison)),
                Cell::text(words::parity(comparison.parity)),
                Cell::text(one.agreement().in_words()),
                Cell::text(one.over_first(machine.letter, machines).unwrap_or_else(|| "–".to_owned())),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests;
