//! Tuned numeric kernels: linear models on faer.
