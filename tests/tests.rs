//! Whole runs, laws, frequencies, vectors, bad input: everything that is checked from outside the modules.

mod support;

mod bad_input;
mod flow;
mod frequencies;
mod independent;
mod interruptions;
mod kpi;
mod vectors;
