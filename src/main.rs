//! The command line: parse, run the command, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    fairdraw::cli::main()
}
