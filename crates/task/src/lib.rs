//! The task protocol for implementations in Rust; ferrobench_task.py is its Python twin.
