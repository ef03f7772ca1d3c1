//! Placeholder until its rooms are built.
