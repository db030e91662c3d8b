//! The eighteen rules of reporting, each looked for on generated pages.

use schema::analysis::Analysis;

use super::tests::{first_screen, reports};
use crate::fixture;

fn page_of(analysis: &Analysis) -> String {
    reports(analysis).0
}

/// Every `3.12×` of a page, with what stands behind it up to the end of its element.
fn ratios(page: &str) -> impl Iterator<Item = &str> {
    page.match_indices('×').map(|(at, _)| &page[at..]).map(|rest| rest.split('<').next().unwrap_or_default())
}

#[test]
fn rule_1_numbers_have_unit_n_and_kind_of_interval() {
    let page = page_of(&fixture::rust_faster());
    let said: Vec<&str> = page.split("class=\"said\">").skip(1).filter_map(|rest| rest.split("</p>").next()).collect();
    assert!(!said.is_empty());
    for sentence in said {
        assert!(sentence.contains("95 % t interval") && sentence.contains("n = 20"), "{sentence}");
        assert!(sentence.contains(" ms") || sentence.contains("cell"), "{sentence}");
    }
}

#[test]
fn rule_2_ratios_have_absolute_values_and_a_good_direction() {
    let page = page_of(&fixture::rust_faster());
    assert!(page.contains("absolute, less is better"));
    let row = page.split(">3.12× (2.96–3.29)<").nth(1).expect("the row of the ratio");
    let row = row.split("</tr>").next().expect("its end");
    assert!(row.contains("12.3 ms against 38.4 ms"), "{row}");
    assert!(ratios(&page).count() > 3);
}

#[test]
fn rule_3_answer_then_how_sure_then_why() {
    let page = page_of(&fixture::rust_faster());
    let place = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}"));
    let order = [
        "id=\"answer\"",
        "<dt>How sure</dt>",
        "<dt>Why</dt>",
        "<dt>Not shown</dt>",
        "id=\"certainty\"",
        "id=\"cells\"",
        "id=\"rests_on\"",
    ];
    let places: Vec<usize> = order.into_iter().map(place).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn rule_4_no_word_says_that_things_are_the_same() {
    for analysis in fixture::all() {
        let (page, text) = reports(&analysis);
        for word in ["similar", "almost the same", "statistically significant", "comparable performance"] {
            assert!(!page.contains(word) && !text.contains(word), "{word}");
        }
    }
}

#[test]
fn rule_5_no_difference_shown_carries_what_could_have_been() {
    let page = page_of(&fixture::no_difference());
    let first = first_screen(&page);
    assert!(first.contains("no difference shown"));
    assert!(
        first.contains("could have shown a difference of 3.4 %") || first.contains("or more could have been shown"),
        "{first}"
    );
    let said = page.matches("No difference shown between").count();
    assert_eq!(said, page.matches("This run could have shown").count());
}

#[test]
fn rule_6_what_failed_was_skipped_or_disturbed_is_counted_on_the_page() {
    let page = page_of(&fixture::all_failed());
    assert!(page.contains("180 failed (180 unexpected), 0 skipped"));
    let page = page_of(&fixture::rust_faster());
    assert!(page.contains("2 disturbed and kept") && page.contains("other processes used 31 % of the CPU"));
    assert!(page.contains("asks for 64 threads; 2 cores are here"));
}

#[test]
fn rule_7_points_up_to_fifty_runs_and_ratios_on_a_log_axis_with_one_marked() {
    let drawings = crate::plots::all(&fixture::rust_faster()).expect("drawn");
    let ratios = drawings.iter().find(|d| d.plot.file == "ratios_library.svg").expect("drawn");
    assert!(ratios.svg.contains("log scale") && ratios.svg.contains("stroke=\"var(--ink)\" stroke-width=\"2\""));
    let time = drawings.iter().find(|d| d.plot.file == "time_b1.svg").expect("drawn");
    assert!(time.svg.matches(", round ").count() >= 100, "each run is a point");
}

#[test]
fn rule_8_lines_join_only_what_has_an_order() {
    let drawings = crate::plots::all(&fixture::sizes()).expect("drawn");
    for drawing in drawings.iter().filter(|drawing| !drawing.plot.file.starts_with("rounds_")) {
        let joined = drawing.svg.lines().any(|line| {
            let points = line.strip_prefix("<polyline points=\"").and_then(|rest| rest.split('"').next());
            points.is_some_and(|points| points.split(' ').count() > 2)
        });
        assert_eq!(joined, drawing.plot.file.starts_with("against_"), "{}", drawing.plot.file);
    }
}

#[test]
fn rule_9_geometric_mean_and_totals_stand_together() {
    let mut analysis = fixture::rust_faster();
    analysis.pooled.push(fixture::pooled());
    let page = page_of(&analysis);
    let table = page.split("geometric mean of ratios").nth(1).expect("the table");
    let table = table.split("</table>").next().expect("its end");
    assert!(
        table.contains("ratio of the totals") && table.contains("0.320 (0.304–0.338)") || table.contains("0.320"),
        "{table}"
    );
    assert!(table.contains("0.310"), "{table}");
}

#[test]
fn rule_10_warm_and_cold_are_told_apart() {
    let page = page_of(&fixture::rust_faster());
    let first = first_screen(&page);
    assert!(!first.contains("2 cells:"), "one average over both");
    let (_, text) = reports(&fixture::rust_faster());
    assert!(text.contains("The work in a warm process, 1 cell") && text.contains("The whole process, 1 cell"));
}

#[test]
fn rule_11_digits_follow_the_interval() {
    let page = page_of(&fixture::rust_faster());
    assert!(page.contains(">3.12× (2.96–3.29)<") && !page.contains(">3.1219"));
}

#[test]
fn rule_12_p_is_adjusted_and_its_methods_are_named() {
    let page = page_of(&fixture::rust_faster());
    assert!(page.contains("by Holm for the claims") && page.contains("Benjamini and Hochberg"));
    assert!(page.contains("&lt; 0.0001") && !page.contains("p = 0<"));
}

#[test]
fn rule_13_the_machines_resolution_stands_on_the_first_screen() {
    assert!(first_screen(&page_of(&fixture::rust_faster())).contains("no difference in time below 2.1 %"));
}

#[test]
fn rule_14_bounds_that_are_known_are_drawn() {
    // What a process cannot go below: its start-up stands in its own bar.
    let drawings = crate::plots::all(&fixture::rust_faster()).expect("drawn");
    assert!(drawings.iter().any(|drawing| drawing.plot.file == "shares_b1.svg" && drawing.svg.contains("start-up")));
}

#[test]
fn rule_15_a_best_of_many_is_marked() {
    let mut analysis = fixture::rust_faster();
    analysis.cells.truncate(1);
    let results = crate::claims::judge(&analysis, &fixture::selection(&analysis).study.claims);
    assert!(results.iter().all(|claim| claim.because.contains("chosen on the same runs")), "{results:?}");
}

#[test]
fn rule_16_what_was_not_declared_is_called_exploratory() {
    let page = page_of(&fixture::rust_faster());
    assert!(page.contains("Only the claims were declared before the data; every other comparison is exploratory."));
}

#[test]
fn rule_17_seed_versions_fingerprint_and_plan_are_one_click_away() {
    let page = page_of(&fixture::rust_faster());
    for part in
        ["20260101", "linfa 0.8.1", "Example CPU 3000", "href=\"plan.json\"", "href=\"records/b1/records.jsonl\""]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn rule_18_the_same_input_gives_the_same_bytes() {
    for analysis in [fixture::rust_faster(), fixture::many(80)] {
        assert_eq!(reports(&analysis), reports(&analysis));
    }
}
