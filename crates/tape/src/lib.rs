//! A backend's traffic on tape. [`record`] stands between a client and its server and keeps every
//! answer, piece by piece, with the gaps between the pieces; [`replay`] gives the same pieces after the
//! same gaps to whoever sends the same requests. So the server's own noise is gone from a comparison of
//! clients, and the requests' digests prove that they asked for the same.

pub mod file;
pub mod record;
pub mod replay;
mod serve;

pub use serve::Serving;
