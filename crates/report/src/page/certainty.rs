//! How sure the answer is, and why: what the machine could not show, warnings, claims, calibration
//! and the method in plain words.

use crate::Study;
use crate::html::Html;
use crate::number;
use crate::orient;
use crate::views;

pub(super) fn section(page: &mut Html, study: &Study<'_>) {
    page.open("section", &[("id", "certainty")]);
    page.fixed("<h2>How sure, and why</h2>\n");
    resolution(page, study);
    page.fixed("<h3>What could not be shown here</h3>\n");
    list(page, &study.assessment.limits);
    if !study.assessment.warnings.is_empty() {
        page.fixed("<h3>Warnings</h3>\n");
        list(page, &study.assessment.warnings);
    }
    if study.assessment.claims.is_empty() {
        page.fixed("<p>This study declares no claims.</p>\n");
    } else {
        page.append(&views::claims(&study.assessment.claims).to_html());
    }
    pooled(page, study);
    let calibration = views::calibration(study.analysis);
    if study.analysis.measures && !calibration.rows.is_empty() {
        page.append(&calibration.to_html());
    }
    method(page);
    page.close("section");
}

fn resolution(page: &mut Html, study: &Study<'_>) {
    for resolution in &study.analysis.resolution {
        let seen = match resolution.ratio {
            Some(ratio) => format!(
                "smallest ratio that can be claimed on this machine today {}, from {} ({} of them called different).",
                number::significant(ratio, 4),
                number::count(resolution.aa_blocks, "A/A block", "A/A blocks"),
                resolution.aa_called_different
            ),
            None => "no A/A block, so the machine's resolution is not known.".to_owned(),
        };
        page.open("p", &[]);
        page.element("b", &[], &format!("{}, {}", resolution.domain, orient::metric_name(&resolution.metric)));
        page.text(": ").text(&seen).text(" ").text(&resolution.remark);
        page.close("p");
    }
}

fn pooled(page: &mut Html, study: &Study<'_>) {
    for pooled in study.analysis.pooled.iter().filter(|_| study.analysis.measures) {
        let words = crate::assessment::pooled_words(pooled);
        if !words.is_empty() {
            page.element("p", &[], &format!("{} ({}):{words}", pooled.domain, crate::words::role(pooled.role)));
        }
    }
}

fn list(page: &mut Html, lines: &[String]) {
    page.open("ul", &[]);
    for line in lines {
        page.element("li", &[], line).fixed("\n");
    }
    page.close("ul");
}

fn method(page: &mut Html) {
    page.fixed(
        "<details><summary>How this was measured</summary>\n\
         <p>Every run is a fresh process, watched from outside. The implementations take turns in shuffled rounds, and \
         each round is one pair: slow drift of the machine meets both sides alike. A run gives one value; iterations \
         inside a process are averaged first, because they share its luck.</p>\n\
         <p>The ratio is the geometric mean of the pairwise ratios; its 95 % interval is the t interval of their \
         logarithms. p-values are adjusted for the number of comparisons, by Holm for the claims and by \
         Benjamini and Hochberg for the tables. A difference is called material only when the whole interval lies \
         beyond the margin that was fixed before the data, and nothing is claimed below six pairs.</p>\n\
         <p>“No difference shown” does not mean that there is none: it comes with the difference that the run could \
         have shown. “Equivalent” means that the 90 % interval lies inside the margin. A ratio enters a headline only \
         when both sides are shown to have done the same work.</p>\n\
         <p>A <b>library</b> implementation uses a published library as its documentation says; a <b>tuned</b> one is \
         the best that an expert can do in that language. Warm cells compare the work after warm-up, cold cells the \
         whole process; the two never stand in one average.</p></details>\n",
    );
}
