use schema::analysis::Verdict;

use super::*;
use crate::fixture;

fn two<'a>(first: &'a Analysis, second: &'a Analysis) -> [Machine<'a>; 2] {
    [
        Machine { letter: 'A', report: Some("a/report.html".to_owned()), analysis: first },
        Machine { letter: 'B', report: None, analysis: second },
    ]
}

fn other(change: impl Fn(&mut Analysis)) -> Analysis {
    let mut analysis = fixture::rust_faster();
    "Another CPU".clone_into(&mut analysis.fingerprint.cpu_model);
    change(&mut analysis);
    analysis
}

#[test]
fn machines_that_say_the_same_and_otherwise_are_told_apart() {
    let here = fixture::rust_faster();
    let same = other(|_| ());
    let found = pages(&two(&here, &same)).expect("drawn");
    // Two cells of three comparisons each; an implementation against itself is no comparison.
    assert_eq!(found.shared, 6);
    assert!(
        found.html.contains("2 machines. Of 6 comparisons that two or more of them have, 6 come out the same on each")
    );
    for part in ["Example CPU 3000", "Another CPU", "href=\"a/report.html\"", "3.12× (2.96–3.29)", "<svg"] {
        assert!(found.html.contains(part), "{part}");
    }
    assert!(found.markdown.contains("Another CPU") && !found.html.contains("@a2"));

    let otherwise = other(|analysis| {
        let comparison = &mut analysis.cells[0].comparisons[0];
        comparison.ratio = comparison.ratio.map(|ratio| 1.0 / ratio);
        comparison.verdict = Verdict::MateriallySlower;
        analysis.cells[1].comparisons[0].verdict = Verdict::NoDifferenceShown;
    });
    let found = pages(&two(&here, &otherwise)).expect("drawn");
    assert!(found.html.contains("4 come out the same on each, 1 otherwise on one than on another, 1 are shown on some only, 0 on none. It is linear on synthetic_linear"), "{}", found.markdown);
}

#[test]
fn a_ratio_stands_beside_the_first_machines_with_its_interval() {
    let here = fixture::rust_faster();
    let doubled = other(|analysis| {
        for arm in analysis.cells.iter_mut().flat_map(|cell| &mut cell.arms) {
            if arm.facts.implementation.as_str() == "regression_linfa" {
                for (round, value) in
                    arm.metrics.values_mut().flat_map(|summary| summary.values.iter_mut().flatten()).enumerate()
                {
                    *value *= 2.05 + 0.01 * (round as f64).sin();
                }
            }
        }
    });
    let found = pages(&two(&here, &doubled)).expect("drawn");
    assert!(found.markdown.contains("n = 20 and 20") && found.markdown.contains("| 2.0"), "{}", found.markdown);
}

#[test]
fn nothing_in_common_is_no_page_full_of_nothing_and_payloads_stay_text() {
    let (here, nothing) = (fixture::rust_faster(), fixture::nothing_measured());
    let found = pages(&two(&here, &nothing)).expect("drawn");
    assert_eq!(found.shared, 0);
    assert!(!found.html.contains("<svg"));
    let hostile = fixture::hostile();
    let found = pages(&two(&hostile, &hostile)).expect("drawn");
    assert_eq!(found.html.matches("<script").count(), 1);
    assert!(!found.html.contains("<img") && !found.markdown.contains("<img"));
}
