//! The `strata` command.

use std::process::ExitCode;

/// Measured to be the quickest for many small rows that come and go.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    take_small_pages();
    repl::main(std::env::args_os())
}

/// Tells the system to give this process pages of 4 KiB only. An engine's columns grow and go, and what the allocator
/// takes for them in pages of 2 MiB the system clears whole each time: that was half of a first load (6.9 s, now 3.4 s for
/// the network rules and 7,118 machines) and a third of the memory of `strata run`. Whoever is refused has large pages.
#[cfg(target_os = "linux")]
fn take_small_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn take_small_pages() {}
