//! One table type; the page, the Markdown report and the CSV derive from it, so that a field has
//! one home.

use crate::html::Html;
use crate::number::significant;

#[derive(Clone, Debug)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: &'static str,
    /// Right-aligned, sorted by value.
    pub numeric: bool,
    /// Few values: the page offers them to choose from.
    pub choice: bool,
}

pub const fn text(name: &'static str) -> Column {
    Column { name, numeric: false, choice: false }
}

pub const fn number(name: &'static str) -> Column {
    Column { name, numeric: true, choice: false }
}

pub const fn choice(name: &'static str) -> Column {
    Column { name, numeric: false, choice: true }
}

#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub shown: String,
    /// What it sorts by, and what CSV carries, where it is a number.
    pub value: Option<f64>,
    /// A link inside the page or beside it; the program's own, never outside text.
    pub link: Option<String>,
}

impl Cell {
    pub fn text(shown: impl Into<String>) -> Self {
        Self { shown: shown.into(), ..Self::default() }
    }

    pub fn number(shown: impl Into<String>, value: Option<f64>) -> Self {
        Self { shown: shown.into(), value, link: None }
    }

    pub fn count(value: u32) -> Self {
        Self::number(value.to_string(), Some(f64::from(value)))
    }

    #[must_use]
    pub fn link(mut self, link: String) -> Self {
        self.link = Some(link);
        self
    }
}

/// Rows of a long table that are markup from the beginning.
const ROWS_AT_FIRST: usize = 60;
/// From this many rows on a table can be filtered.
const FILTER_ROWS_MIN: usize = 6;

impl Table {
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { caption: caption.into(), columns, rows: Vec::new() }
    }

    /// The first rows; the caption says where the others stand.
    #[must_use]
    pub fn at_most(mut self, rows: usize, elsewhere: &str) -> Self {
        if self.rows.len() > rows {
            self.caption = format!("{} (the first {rows} of {}; {elsewhere})", self.caption, self.rows.len());
            self.rows.truncate(rows);
        }
        self
    }

    pub fn to_html(&self) -> Html {
        let mut html = Html::default();
        let filter = if self.rows.len() >= FILTER_ROWS_MIN { "yes" } else { "no" };
        html.open("div", &[("class", "table"), ("role", "region"), ("aria-label", &self.caption), ("tabindex", "0")]);
        html.open("table", &[("data-filter", filter)]);
        html.element("caption", &[], &self.caption);
        html.open("thead", &[]).open("tr", &[]);
        for column in &self.columns {
            let attributes = [("scope", "col"), ("class", kind(column)), ("data-choice", "yes")];
            html.element("th", if column.choice { &attributes } else { &attributes[..2] }, column.name);
        }
        html.close("tr").close("thead").open("tbody", &[]);
        let rows = |html: &mut Html, rows: &[Vec<Cell>]| {
            for row in rows {
                html.open("tr", &[]);
                for (column, cell) in self.columns.iter().zip(row) {
                    cell_html(html, column, cell);
                }
                html.close("tr");
            }
        };
        let (first, rest) = self.rows.split_at(self.rows.len().min(ROWS_AT_FIRST));
        rows(&mut html, first);
        html.close("tbody").close("table");
        if !rest.is_empty() {
            // Text to the parser, so the page opens at once; the script makes rows of it when they are asked for.
            html.fixed("<script type=\"text/html\" class=\"rest\">");
            rows(&mut html, rest);
            html.fixed("</script><noscript>The rows that follow stand in report.md.</noscript>");
        }
        html.close("div");
        html
    }

    pub fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = format!("{}\n\n", markdown(&self.caption));
        text.push_str(&line(self.columns.iter().map(|column| column.name.to_owned()).collect()));
        text.push_str(&line(
            self.columns.iter().map(|column| if column.numeric { "--:" } else { "---" }.to_owned()).collect(),
        ));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|cell| markdown(&cell.shown)).collect()));
        }
        text
    }

    /// A `longtable` with the rules of `booktabs`.
    pub fn to_latex(&self) -> String {
        let kinds: String = self.columns.iter().map(|column| if column.numeric { 'r' } else { 'l' }).collect();
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let names = self.columns.iter().map(|column| latex(column.name)).collect();
        let mut text =
            format!("\n\\begin{{longtable}}{{{kinds}}}\n\\caption{{{}}} \\\\\n\\toprule\n", latex(&self.caption));
        text.push_str(&line(names));
        text.push_str("\\midrule\n\\endhead\n");
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|cell| latex(&cell.shown)).collect()));
        }
        text.push_str("\\bottomrule\n\\end{longtable}\n");
        text
    }

    /// RFC 4180. Text that a spreadsheet would take for a formula gets a leading apostrophe;
    /// numbers are left alone (security case 4).
    pub fn to_csv(&self) -> String {
        let mut text = csv_line(self.columns.iter().map(|column| csv_text(column.name)));
        for row in &self.rows {
            text.push_str(&csv_line(row.iter().map(|cell| match cell.value {
                Some(value) => value.to_string(),
                None => csv_text(&cell.shown),
            })));
        }
        text
    }
}

fn kind(column: &Column) -> &'static str {
    if column.numeric { "number" } else { "text" }
}

fn cell_html(html: &mut Html, column: &Column, cell: &Cell) {
    // What it is sorted by; the digits beyond would only make the page larger.
    let value = cell.value.map(|value| significant(value, 6)).unwrap_or_default();
    // Text is the common case and needs no class; the page can hold thousands of these.
    let attributes = [("class", "number"), ("data-value", value.as_str())];
    html.open("td", &attributes[usize::from(!column.numeric)..=usize::from(cell.value.is_some())]);
    match &cell.link {
        Some(link) => html.element("a", &[("href", link)], &cell.shown),
        None => html.prose(&cell.shown),
    };
    html.fixed("</td>");
}

/// Outside text in Markdown: one line, and no character that Markdown gives a meaning.
pub fn markdown(text: &str) -> String {
    let visible = schema::fault::visible(text);
    let mut shown = String::with_capacity(visible.len());
    for (at, character) in visible.char_indices() {
        let rest = &visible[at + character.len_utf8()..];
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '$' => shown.extend(['\\', character]),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '\t' => shown.push(' '),
            // A word joiner: `http://…`, `www.…` and `name@host.tld` do not turn into links by themselves.
            ':' if rest.starts_with("//") => shown.push_str(":\u{2060}"),
            '.' if shown.to_lowercase().ends_with("www") => shown.push_str(".\u{2060}"),
            '@' if rest.split_whitespace().next().is_some_and(|word| word.contains('.')) => shown.push_str("@\u{2060}"),
            other => shown.push(other),
        }
    }
    shown
}

/// Outside text in LaTeX: no character that LaTeX gives a meaning.
fn latex(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in schema::fault::visible(text).chars() {
        match character {
            '\\' => shown.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => shown.extend(['\\', character]),
            '~' => shown.push_str("\\textasciitilde{}"),
            '^' => shown.push_str("\\textasciicircum{}"),
            '<' => shown.push_str("\\textless{}"),
            '>' => shown.push_str("\\textgreater{}"),
            '×' | '✗' => shown.push_str("$\\times$"),
            'µ' => shown.push_str("\\textmu{}"),
            '–' => shown.push_str("--"),
            '✓' => shown.push_str("$\\surd$"),
            '\t' => shown.push(' '),
            other => shown.push(other),
        }
    }
    shown
}

fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

fn csv_text(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let text = format!("{guard}{text}");
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("times", vec![text("name"), number("time")]);
        table.rows.push(vec![Cell::text("=cmd|'/c'!A1"), Cell::number("-1.50 ms", Some(-1.5))]);
        table.rows.push(vec![Cell::text("a \"b\",\nc"), Cell::default()]);
        table
    }

    #[test]
    fn all_formats_come_from_one_table() {
        assert_eq!(table().to_csv(), "name,time\r\n'=cmd|'/c'!A1,-1.5\r\n\"a \"\"b\"\",\nc\",\r\n");
        let markdown = table().to_markdown();
        assert_eq!(markdown.lines().nth(2), Some("| name | time |"));
        assert_eq!(markdown.lines().nth(4), Some("| =cmd\\|'/c'\\!A1 | -1.50 ms |"));
        assert_eq!(markdown.lines().count(), 6, "a newline in a cell starts no row: {markdown}");
        let html = table().to_html().into_string();
        assert!(html.contains("<td class=\"number\" data-value=\"-1.50000\">-1.50 ms</td>"), "{html}");
    }

    #[test]
    fn markdown_has_no_markup_from_outside() {
        let shown = markdown("[x](javascript:alert(1)) ![i](http://a.b) <img src=x> `c` *d* | \n# e");
        assert!(!shown.replace("\\]", "").contains(']') && !shown.contains('<') && !shown.contains('\n'), "{shown}");
        assert!(!shown.contains("http:/"), "{shown}");
        assert_eq!(markdown("www.a.b c@d.e x@a2: y"), "www.\u{2060}a.b c@\u{2060}d.e x@a2: y");
        assert!(shown.contains("\\`c\\`"), "{shown}");
    }
}
