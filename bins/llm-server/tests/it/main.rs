//! The server as a process, spoken to over real sockets.

mod clients;
mod engine;
mod faults;
mod scripted;
mod server;
