//! scratch
#[test]
fn show() {
    let c = tests::compiled::compile(&std::fs::read_to_string(std::env::var("F").unwrap()).unwrap())
        .unwrap_or_else(|e| panic!("{e}"));
    println!("{}\n{}", c.program, c.plan);
}
