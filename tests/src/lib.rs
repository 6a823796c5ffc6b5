//! The harness that the stories stand on.
