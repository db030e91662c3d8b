//! Linear models: least squares on dense data.
