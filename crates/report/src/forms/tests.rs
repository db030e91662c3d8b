use super::*;
use crate::fixture;
use schema::analysis::Analysis;

fn with<T>(analysis: &Analysis, forms: &str, look: impl FnOnce(&Study<'_>) -> T) -> T {
    let mut selection = fixture::selection(analysis);
    selection.options.report_forms = Some(forms.to_owned());
    let plan = fixture::plan(analysis);
    let assessment = crate::assessment::assess(&selection, analysis);
    look(&Study {
        selection: &selection,
        plan: &plan,
        analysis,
        assessment: &assessment,
        inputs: None,
        implementations: &fixture::implementations(),
        certificates: &fixture::certificates(),
        plots: &[],
    })
}

#[test]
fn only_what_is_asked_for_is_made() {
    let files = |forms: &str| {
        with(&fixture::rust_faster(), forms, |study| asked_for(study).map(|form| form.file).collect::<Vec<_>>())
    };
    assert!(files("").is_empty());
    assert_eq!(files("latex,citation"), ["tables.tex", "CITATION.cff"]);
    assert_eq!(files("technical"), ["technical-report.md", "methods.md"]);
}

#[test]
fn the_methods_paragraph_has_this_studys_numbers() {
    let words = with(&fixture::rust_faster(), "", methods);
    for part in
        ["seed 20260101", "2 cells of 2 planned cells", "margins of 1.05 (time) and 1.1 (memory)", "linfa 0.8.1"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn latex_and_citation_bear_any_text() {
    let (tables, citation) = with(&fixture::hostile(), "", |study| (latex(study), citation(study)));
    assert!(tables.contains("\\begin{longtable}") && tables.contains("\\textless{}script"), "{tables}");
    assert!(!tables.contains("\\write") && !tables.contains("<script"));
    assert!(citation.lines().count() == 12, "{citation}");
}
