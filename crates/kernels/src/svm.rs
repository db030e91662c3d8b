//! Support vector machines with libsvm's optimum: [`classification`] (C-SVC and nu-SVC, one against
//! one, with Platt's probabilities) and [`regression`] (epsilon-SVR), both by sequential minimal
//! optimisation over any [`Kernel`]; and with liblinear's, [`linear`].
//!
//! Where the time goes, and what is done about it: a row of the kernel's matrix is one pass over data laid
//! out for vector registers, by all threads where it is long; the passes that choose and make a step are
//! vector loops; signed coefficients make regression as small a problem as classification, half of libsvm's.

mod calibration;
pub mod classification;
mod exponential;
mod kernel;
pub mod linear;
mod machine;
mod panels;
pub mod regression;
mod rows;
mod selection;
mod solver;
mod twister;

pub use calibration::libsvm_seed;
pub use kernel::{Gamma, Kernel};

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's and the target's lengths do not agree")]
    Shape,
    #[error("The number of classes has to be greater than one; got 1 class")]
    SingleClass,
    #[error("specified nu is infeasible")]
    InfeasibleNu,
    #[error(
        "The dual coefficients or intercepts are not finite. The input data may contain large values and need to be preprocessed."
    )]
    NotFinite,
}

/// As many rows as targets, and at least one.
fn check(x: &[f64], rows: usize, columns: usize) -> Result<(), Unfit> {
    if rows == 0 || columns == 0 {
        return Err(Unfit::Empty);
    }
    if rows.checked_mul(columns) != Some(x.len()) || u32::try_from(rows).is_err() {
        return Err(Unfit::Shape);
    }
    Ok(())
}
