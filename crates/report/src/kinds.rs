//! Warnings by kind: a study of many cells has many, and what they mean is said once.

use crate::number::count;

/// One kind of warning of `analyze`.
#[derive(Debug)]
pub struct Kind {
    /// What each warning of the kind holds.
    holds: &'static str,
    pub title: &'static str,
    pub meaning: &'static str,
}

const KINDS: [Kind; 6] = [
    Kind {
        holds: "depends on assumptions",
        title: "Results that depend on assumptions",
        meaning: "The t-test and the signed-rank test beside it disagree; such a row is no headline.",
    },
    Kind {
        holds: "neighbouring rounds resemble each other",
        title: "Rounds that resemble their neighbours",
        meaning: "The machine drifted faster than pairing takes out, so the interval is narrower than it should be.",
    },
    Kind {
        holds: "had not settled",
        title: "Runs that had not settled",
        meaning: "Iterations still grew faster or slower when counting began; more warm-up helps.",
    },
    Kind {
        holds: "were disturbed; kept",
        title: "Disturbed runs",
        meaning: "Something else used the machine; the runs are kept, and named with their cause below.",
    },
    Kind {
        holds: "beyond 3 interquartile ranges",
        title: "Runs far from the others",
        meaning: "They are kept: nothing is left out for being slow or fast.",
    },
    Kind {
        holds: "A/A",
        title: "Cells on a machine that tells equal things apart",
        meaning: "Blocks in which an implementation meets itself came out different; see the resolution below.",
    },
];

/// The study's own warnings first, under no kind, then kind by kind.
pub fn grouped(warnings: &[String]) -> Vec<(Option<&'static Kind>, Vec<String>)> {
    let place = |warning: &String| KINDS.iter().position(|kind| warning.contains(kind.holds));
    let of = |wanted: Option<usize>| {
        let lines: Vec<String> = warnings.iter().filter(|warning| place(warning) == wanted).cloned().collect();
        (wanted.map(|place| &KINDS[place]), lines)
    };
    let all = std::iter::once(None).chain((0..KINDS.len()).map(Some)).map(of);
    all.filter(|(_, lines)| !lines.is_empty()).collect()
}

/// `3 warnings`.
pub fn counted(lines: &[String]) -> String {
    count(lines.len() as u32, "warning", "warnings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_stands_once_under_its_kind_and_the_studys_own_come_first() {
        let warnings: Vec<String> = [
            "a, b against c, time: the iterations of b had not settled in 2 of 3 runs",
            "3 of 40 runs failed (3 not announced by any task).",
            "a, 2 comparisons: b lies beyond 3 interquartile ranges in round 4; kept",
            "d, b against c, time: the iterations of c had not settled in 1 of 3 runs",
        ]
        .map(str::to_owned)
        .to_vec();
        let found = grouped(&warnings);
        let shown: Vec<(&str, usize)> =
            found.iter().map(|(kind, lines)| (kind.map_or("", |kind| kind.title), lines.len())).collect();
        assert_eq!(shown, [("", 1), ("Runs that had not settled", 2), ("Runs far from the others", 1)]);
        assert!(grouped(&[]).is_empty());
    }
}
