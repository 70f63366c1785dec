//! The extension for VS Code: its files are what they should be. It is not run here.

use compiler::index::complete;
use compiler::{NoFiles, analyse};
use fancy_regex::Regex;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode")
}

fn json(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).expect("it can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All values of a key, at any depth.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key).and_then(Value::as_str));
            fields.values().for_each(|field| all(field, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| all(item, key, found)),
        _ => {}
    }
}

#[test]
fn what_the_manifest_names_is_there() {
    let manifest = json("package.json");
    let contributes = &manifest["contributes"];
    let named = [&manifest["main"], &contributes["languages"][0]["configuration"], &contributes["grammars"][0]["path"]];
    for name in named {
        assert!(folder().join(name.as_str().expect("a path")).is_file(), "{name}");
    }
    assert_eq!(contributes["grammars"][0]["scopeName"], json("syntaxes/strata.tmLanguage.json")["scopeName"]);
}

#[test]
fn the_expressions_of_grammar_and_configuration_compile() {
    for (name, keys) in [
        ("syntaxes/strata.tmLanguage.json", &["match", "begin", "end"][..]),
        (
            "language-configuration.json",
            &["wordPattern", "increaseIndentPattern", "decreaseIndentPattern", "beforeText"],
        ),
    ] {
        let file = json(name);
        for key in keys {
            let mut found = Vec::new();
            all(&file, key, &mut found);
            assert!(!found.is_empty(), "{name} has no `{key}`");
            for expression in found {
                Regex::new(expression).unwrap_or_else(|error| panic!("{name}: {expression}: {error}"));
            }
        }
    }
}

#[test]
fn the_parts_that_the_grammar_includes_exist() {
    let grammar = json("syntaxes/strata.tmLanguage.json");
    let mut included = Vec::new();
    all(&grammar, "include", &mut included);
    for name in included {
        assert!(grammar["repository"][name.trim_start_matches('#')].is_object(), "{name}");
    }
}

#[test]
fn every_directive_is_coloured() {
    let grammar = json("syntaxes/strata.tmLanguage.json");
    let mut expressions = Vec::new();
    all(&grammar["repository"]["directives"], "match", &mut expressions);
    let expressions: Vec<Regex> = expressions.iter().map(|text| Regex::new(text).expect("it compiles")).collect();
    let offered = complete(".", 0, 1, &analyse(&[("a.dl", ".")], &NoFiles).index);
    assert!(offered.len() > 5);
    for directive in offered {
        let coloured = |expression: &Regex| expression.is_match(&directive.label).expect("it ends");
        assert!(expressions.iter().any(coloured), "{}", directive.label);
    }
}
