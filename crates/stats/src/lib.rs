//! Estimators, tests, intervals and verdicts.
