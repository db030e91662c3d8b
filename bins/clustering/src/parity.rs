//! What "did the same work" means.

use schema::task::ParityRule;

use crate::{AGGLOMERATIVE, DBSCAN, KMEANS, KMEANS_PLUS_PLUS, MIXTURE};

struct Wanted {
    algorithms: &'static [&'static str],
    output: &'static str,
    rule: &'static str,
    rtol: f64,
    atol: f64,
    because: &'static str,
}

const WANTED: &[Wanted] = &[
    Wanted {
        algorithms: &[KMEANS],
        output: "inertia",
        rule: "close",
        rtol: 1e-9,
        atol: 1e-12,
        because: "from the same centres the same iterations visit the same points, to rounding",
    },
    Wanted {
        algorithms: &[KMEANS],
        output: "centres",
        rule: "close",
        rtol: 1e-9,
        atol: 1e-9,
        because: "from the same centres the same iterations visit the same points, to rounding",
    },
    Wanted {
        algorithms: &[KMEANS_PLUS_PLUS],
        output: "inertia",
        rule: "objective",
        rtol: 0.1,
        atol: 1e-12,
        because: "each library draws other centres; the best of ten draws, the default, were at most 5 % apart on ten datasets with 2 to 8 clusters and four seeds each, where single draws were up to 22 %",
    },
    Wanted {
        algorithms: &[KMEANS, MIXTURE],
        output: "labels",
        rule: "labels",
        rtol: 1e-3,
        atol: 0.0,
        because: "a row halfway between two centres may fall to either by rounding; one in a thousand may",
    },
    Wanted {
        algorithms: &[DBSCAN],
        output: "labels",
        rule: "labels",
        rtol: 0.0,
        atol: 0.0,
        because: "DBSCAN with an order of the rows has one answer; only pairs whose distance is eps to the last bit may differ",
    },
    Wanted {
        algorithms: &[AGGLOMERATIVE],
        output: "labels",
        rule: "labels",
        rtol: 1e-3,
        atol: 0.0,
        because: "without ties there is one tree; where two merges have equal distances either may come first, which repeated rows and rounded values bring about",
    },
    Wanted {
        algorithms: &[MIXTURE],
        output: "log_likelihood",
        rule: "close",
        rtol: 1e-6,
        atol: 1e-6,
        because: "from the same responsibilities the same iterations agree to rounding, which nearly singular covariances magnify",
    },
];

pub(crate) fn rules() -> Vec<ParityRule> {
    let rule = |wanted: &Wanted| {
        ParityRule::new(wanted.rule, wanted.output, (wanted.rtol, wanted.atol), wanted.because).of(wanted.algorithms)
    };
    WANTED.iter().map(rule).collect()
}
