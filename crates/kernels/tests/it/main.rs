//! The kernels against references (`scripts/reference`), and against what every answer has to fulfil.

mod boosting;
mod clustering;
mod forest;
mod given;
mod linear_models;
mod neighbors;
mod pca;
mod svm;
