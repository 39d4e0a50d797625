//! The program: everything it does is a subcommand in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chronodon::cli::main()
}
