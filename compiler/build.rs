//! Generates the parser from `src/grammar.lalrpop`.

fn main() {
    println!("cargo:rerun-if-changed=src/grammar.lalrpop");
    if let Err(error) = lalrpop::process_src() {
        eprintln!("src/grammar.lalrpop: {error}");
        std::process::exit(1);
    }
}
