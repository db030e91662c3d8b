//! The report: one page for people, one for machines, and the plots.
