//! The closed tables of quality metrics and parity rules.
