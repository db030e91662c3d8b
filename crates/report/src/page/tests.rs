use schema::analysis::Analysis;
use schema::publication::Plot;

use super::*;
use crate::fixture;

/// The page and the Markdown of a study.
pub(super) fn reports(analysis: &Analysis) -> (String, String) {
    let selection = fixture::selection(analysis);
    let plan = fixture::plan(analysis);
    let assessment = crate::assessment::assess(&selection, analysis);
    let drawings = crate::plots::all(analysis).expect("drawn");
    let plots: Vec<(Plot, String)> = drawings.into_iter().map(|drawing| (drawing.plot, drawing.svg)).collect();
    let study = Study {
        selection: &selection,
        plan: &plan,
        analysis,
        assessment: &assessment,
        inputs: None,
        implementations: &fixture::implementations(),
        certificates: &fixture::certificates(),
        plots: &plots,
    };
    (html(&study), crate::markdown::report(&study))
}

/// What a reader sees before the second heading.
pub(super) fn first_screen(page: &str) -> &str {
    page.split("id=\"certainty\"").next().expect("a first part")
}

#[test]
fn the_first_screen_answers_with_library_before_tuned() {
    let mut analysis = fixture::rust_faster();
    analysis.cells.truncate(1);
    let (page, _) = reports(&analysis);
    let first = first_screen(&page);
    for part in ["3.12×", "95 % t interval 2.96–3.29", "n = 20 pairs", "12.3 ms against 38.4 ms", "✓ within tolerance"]
    {
        assert!(first.contains(part), "{part}");
    }
    let library = first.find("Library against library").expect("the library pair");
    assert!(library < first.find("What is reachable: tuned against tuned").expect("the tuned pair"));
}

#[test]
fn a_smoke_report_shows_no_ratio() {
    let (page, text) = reports(&fixture::smoke());
    for report in [&page, &text] {
        assert!(report.contains("proves that everything works and measures nothing"));
        assert!(report.contains("Not a measured build"));
        assert!(!report.contains("× faster") && !report.contains("3.12×"), "a figure that nobody measured");
    }
    assert!(!page.contains("<svg"));
}

#[test]
fn unequal_work_never_becomes_a_headline() {
    let (page, _) = reports(&fixture::different());
    let first = first_screen(&page);
    assert!(first.contains("not comparable") && !first.contains("3.12×"), "{first}");
    let row = page
        .split("<tr>")
        .find(|row| row.contains("href=\"#cell_b1\"") && row.contains("against regression_sklearn<"))
        .expect("its row");
    assert!(!row.contains("3.12×") && row.contains("12.3 ms against 38.4 ms"), "{row}");
}

#[test]
fn every_study_gets_both_reports_and_the_page_is_well_formed() {
    for analysis in fixture::all() {
        let (page, text) = reports(&analysis);
        assert!(page.contains("id=\"answer\"") && page.contains("id=\"rests_on\"") && text.contains("## The answer"));
        for tag in ["div", "section", "table", "tbody", "tr", "td", "details", "figure", "svg", "ul", "li", "p"] {
            let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert!(!page.contains("NaN") && !text.contains("NaN"));
    }
}

#[test]
fn partial_and_failed_studies_say_so_at_once() {
    assert!(first_screen(&reports(&fixture::partial()).0).contains("Partial: 1 of 41 planned cells"));
    assert!(first_screen(&reports(&fixture::all_failed()).0).contains("0 ok, 180 failed (180 unexpected)"));
    assert!(first_screen(&reports(&fixture::nothing_measured()).0).contains("no cell was analysed"));
    assert!(reports(&fixture::one_missing()).0.contains("did not conform: exit code 0 without outcome.json"));
}

#[test]
fn payloads_stay_text() {
    let (page, text) = reports(&fixture::hostile());
    for markup in ["<img", "<iframe", "<base", "<meta http-equiv=refresh", "<script>window", "<svg onload"] {
        assert!(!page.contains(markup), "{markup}");
        assert!(!text.contains(markup), "{markup}");
    }
    // The page's own.
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains('\u{202e}') && !page.contains('\u{2028}') && !page.contains('\u{1b}'));
}

#[test]
fn the_hash_is_that_of_the_element() {
    // `echo -n abc | openssl dgst -sha256 -binary | base64`
    assert_eq!(source_hash("abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    let (page, _) = reports(&fixture::rust_faster());
    assert!(page.contains(&crate::html::escape(&format!("script-src '{}'", source_hash(SCRIPT)))));
    assert!(!page.contains(" style=") && !page.contains("onclick"), "the policy would refuse them");
}

#[test]
fn the_page_has_the_colours_of_the_plots() {
    for (number, (light, dark)) in crate::colour::LIGHT.iter().zip(crate::colour::DARK).enumerate() {
        assert!(STYLE.contains(&format!("--c{number}: {light};")) && STYLE.contains(&format!("--c{number}: {dark};")));
    }
    for colour in [PAPER_LIGHT, PAPER_DARK, INK_LIGHT, INK_DARK] {
        assert!(STYLE.contains(colour), "{colour}");
    }
}

#[test]
fn a_thousand_cells_are_packed_and_the_page_stays_small() {
    let (page, _) = reports(&fixture::many(1000));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("data-packed=").count(), 1000);
    assert!(page.contains("id=\"cell_b999\"") && page.contains("href=\"#cell_b999\""));
}
