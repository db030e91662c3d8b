//! What a call may cost before it is given up: no server can make a client hang or swell.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Until the response's first byte; a cold server loads its model meanwhile.
    pub first_byte: Duration,
    /// Between two pieces of the response.
    pub idle: Duration,
    /// From sending to the end: a server that drips one byte now and then ends here.
    pub total: Duration,
    /// One line of the stream; Ollama's own client allows 8 MB.
    pub line_bytes: usize,
    pub body_bytes: usize,
}

impl Limits {
    /// The times in seconds, the sizes as they always are.
    pub fn of_seconds(first_byte: f64, idle: f64, total: f64) -> Self {
        Self {
            first_byte: Duration::from_secs_f64(first_byte),
            idle: Duration::from_secs_f64(idle),
            total: Duration::from_secs_f64(total),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_mins(5),
            idle: Duration::from_mins(1),
            total: Duration::from_mins(15),
            line_bytes: 16 << 20,
            body_bytes: 256 << 20,
        }
    }
}
