//! Runs each program as its users do. No test waits longer than its sockets' and children's time limits.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

mod key_value;
mod program;
mod ssh_agent;
mod tls_server;
