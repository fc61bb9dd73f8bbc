//! The binary; everything it does is in the library.

/// A request asks for thousands of small pieces of memory: a quarter of its processor time goes without this
/// (docs/benchmarks.md).
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tejian::commands::main()
}
