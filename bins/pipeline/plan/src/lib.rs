//! The study as cells, blocks and runs. A library, so that `ferrobench plan` shows what the step
//! will make, before anything is built.

mod admit;
mod budget;
mod draft;
mod estimate;
mod expand;
mod outline;
mod summary;
mod words;

pub use admit::{Admit, admit};
pub use expand::{Expand, expand};
pub use outline::outline;
pub use words::words;
