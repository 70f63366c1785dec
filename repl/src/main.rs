//! The `strata` command.

use std::process::ExitCode;

/// Measured to be the quickest for many small rows that come and go.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    repl::main(std::env::args_os())
}
