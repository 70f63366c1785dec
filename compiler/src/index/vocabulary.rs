//! The words of the language, each with a line that says what it does: what editors offer and explain.

use std::fmt;

/// A functor or a test as its users see it.
#[derive(Debug)]
pub(super) struct Functor {
    /// As written.
    pub(super) name: &'static str,
    /// Its parameters, `name: type` each; `…` at the end if more may follow.
    pub(super) parameters: &'static [&'static str],
    /// The type of its value; none for a test, which is a condition.
    pub(super) gives: Option<&'static str>,
    /// What it does.
    pub(super) doc: &'static str,
}

impl fmt::Display for Functor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.parameters.join(", "))?;
        self.gives.map_or(Ok(()), |gives| write!(f, ": {gives}"))
    }
}

/// The functor or test of this name.
pub(super) fn functor(name: &str) -> Option<&'static Functor> {
    FUNCTORS.iter().find(|functor| functor.name == name)
}

const fn value(
    name: &'static str,
    parameters: &'static [&'static str],
    gives: &'static str,
    doc: &'static str,
) -> Functor {
    Functor { name, parameters, gives: Some(gives), doc }
}

const fn test(name: &'static str, parameters: &'static [&'static str], doc: &'static str) -> Functor {
    Functor { name, parameters, gives: None, doc }
}

/// All functors and tests.
pub(super) const FUNCTORS: &[Functor] = &[
    value("cat", &["a: symbol", "b: symbol", "…"], "symbol", "The texts, one behind the other."),
    value("strlen", &["text: symbol"], "number", "The length of a text in bytes."),
    value(
        "substr",
        &["text: symbol", "index: number", "length: number"],
        "symbol",
        "Part of a text: `length` bytes from byte `index` on, cut at its end.",
    ),
    value("ord", &["x"], "number", "The number under which a symbol is known within one run."),
    value("to_string", &["x"], "symbol", "A value as text."),
    value("itos", &["x: number"], "symbol", "A number as text."),
    value("utos", &["x: unsigned"], "symbol", "An unsigned number as text."),
    value("ftos", &["x: float"], "symbol", "A float as text."),
    value("to_number", &["x"], "number", "A value as a `number`; no value for text that is none."),
    value("ston", &["text: symbol"], "number", "Text as a `number`; no value for text that is none."),
    value("stoi", &["text: symbol"], "number", "Text as a `number`; no value for text that is none."),
    value("utoi", &["x: unsigned"], "number", "An unsigned number as a `number`."),
    value("ftoi", &["x: float"], "number", "A float as a `number`, towards zero."),
    value("to_unsigned", &["x"], "unsigned", "A value as an `unsigned`; no value for text that is none."),
    value("stou", &["text: symbol"], "unsigned", "Text as an `unsigned`; no value for text that is none."),
    value("itou", &["x: number"], "unsigned", "A number as an `unsigned`."),
    value("ftou", &["x: float"], "unsigned", "A float as an `unsigned`, towards zero."),
    value("to_float", &["x"], "float", "A value as a `float`; no value for text that is none."),
    value("stof", &["text: symbol"], "float", "Text as a `float`; no value for text that is none."),
    value("itof", &["x: number"], "float", "A number as a `float`."),
    value("utof", &["x: unsigned"], "float", "An unsigned number as a `float`."),
    value("min", &["a", "b", "…"], "as its arguments", "The least of its arguments; symbols by their text."),
    value("max", &["a", "b", "…"], "as its arguments", "The greatest of its arguments; symbols by their text."),
    value(
        "range",
        &["from", "to", "step"],
        "as its arguments",
        "Every value from `from` on to before `to`, in steps of `step`, which may be left out.",
    ),
    value("autoinc", &[], "number", "A number that no other tuple of the run was given."),
    value("recursive_iteration_cnt", &[], "unsigned", "The round of the recursion in which the rule fires, from 0."),
    value(
        "prefix_of",
        &["ip: Ip", "length: number"],
        "Prefix",
        "The prefix of that length around an address; no value if it is longer than the address.",
    ),
    value("prefix_length", &["prefix: Prefix"], "number", "The length of a prefix."),
    value("prefix_address", &["prefix: Prefix"], "Ip", "The network address of a prefix."),
    value("ip_version", &["ip: Ip"], "number", "4 or 6; no value for `\"\"`."),
    test("match", &["pattern: symbol", "text: symbol"], "The whole text matches the regular expression."),
    test("contains", &["needle: symbol", "text: symbol"], "The text holds the needle."),
    test("in_prefix", &["ip: Ip", "prefix: Prefix"], "The address lies within the prefix."),
];

/// The types that are built in.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("number", "A whole number of 64 bits, with sign."),
    ("unsigned", "A whole number of 64 bits, without sign; literals end in `u`."),
    ("float", "A floating-point number of 64 bits."),
    ("symbol", "Text."),
    ("Ip", "An IP address, version 4 or 6; a subtype of `symbol`."),
    ("Prefix", "A range of IP addresses, `10.0.0.0/8`; a subtype of `symbol`."),
    ("Mac", "A hardware address; a subtype of `symbol`."),
    ("Time", "A moment, as in RFC 3339; a subtype of `number`."),
    ("Duration", "A length of time, `1m30s`; a subtype of `number`."),
];

/// Directives: the word, a snippet of what follows it, and what it does.
pub(super) const DIRECTIVES: &[(&str, &str, &str)] = &[
    (".decl", "${1:name}(${2:column}: ${3:symbol})", "Declares a relation."),
    (".type", "${1:Name} <: ${2:symbol}", "Declares a type."),
    (".symbol_type", "${1:Name}", "Declares a type of texts, as old programs do."),
    (".number_type", "${1:Name}", "Declares a type of numbers, as old programs do."),
    (".functor", "${1:name}(${2:number}): ${3:number}", "Declares a functor of a C++ library, which cannot be called."),
    (".comp", "${1:Name} {\n    $0\n}", "Declares a component: declarations and rules to be instantiated."),
    (".init", "${1:name} = ${2:Component}", "Makes an instance of a component, under a name of its own."),
    (".override", "${1:relation}", "Replaces the rules that a base of the component has for a relation."),
    (".test", "\"${1:name}\" {\n    ${2:fact}.\n    expect $0.\n}", "Shows by an example what the rules derive."),
    (
        ".scenario",
        "${1:name} \"${2:text}\" {\n    -${3:head} :- ${4:body}.\n    +$0.\n}",
        "Defines a counterfactual by edits that are derived from the model.",
    ),
    (".input", "${1:relation}", "Reads a relation from a file."),
    (".output", "${1:relation}", "Writes a relation to a file."),
    (".printsize", "${1:relation}", "Prints how many tuples a relation has."),
    (".limitsize", "${1:relation}(n=${2:1000})", "Ends the evaluation of a relation when it has so many tuples."),
    (
        ".invariant",
        "${1:relation}(severity = \"${2:error}\", message = \"$0\")",
        "Says that a relation must be empty; its tuples are violations.",
    ),
    (
        ".stream",
        "${1:relation}(time=${2:at}, horizon=\"${3:120s}\", lateness=\"${4:10s}\")",
        "Its tuples are events, which leave.",
    ),
    (
        ".suppose",
        "${1:relation}(of = ${2:derived}, ${3:base} = ${4:other})",
        "Fills a relation with what another one would hold, if a third one were a fourth.",
    ),
    (".include", "\"${1:file.dl}\"", "Takes in another file, once."),
    (".pragma", "\"${1:option}\"", "Sets an option from within the program."),
    (".plan", "${1:0}:(${2:1,2})", "Orders the atoms of the rule before it."),
];

/// What may stand behind the columns of a declaration.
pub(super) const QUALIFIERS: &[(&str, &str)] = &[
    ("inline", "The rules are written out where the relation is used."),
    ("no_inline", "The relation is kept as a relation."),
    ("magic", "Evaluation is restricted to what is asked for."),
    ("no_magic", "Evaluation is not restricted to what is asked for."),
    ("btree", "Stored as a B-tree; changes no result."),
    ("btree_delete", "Stored as a B-tree that forgets; changes no result."),
    ("brie", "Stored as a trie; changes no result."),
    ("eqrel", "The relation is an equivalence: reflexive, symmetric and transitive."),
    ("overridable", "Heirs of the component may replace the rules."),
    ("input", "Read from a file, as old programs say it."),
    ("output", "Written to a file, as old programs say it."),
    ("printsize", "Counted, as old programs say it."),
];

/// Parameters of input and output: the key, what it means, and values that are known.
pub(super) const PARAMETERS: &[(&str, &str, &[&str])] = &[
    ("IO", "Where: a file, a standard stream, a database.", &["file", "stdin", "stdout", "stdoutprintsize", "sqlite"]),
    ("filename", "The file; without it, the name of the relation.", &[]),
    ("name", "The name of the relation outside of the program.", &[]),
    ("delimiter", "What stands between columns; a tab if nothing else is said.", &["\"\\t\"", "\",\""]),
    ("headers", "Whether the first line names the columns.", &["true", "false"]),
    ("rfc4180", "Whether cells are quoted as in RFC 4180.", &["true", "false"]),
    ("columns", "Which columns of the file, in which order: `0:2:1`.", &[]),
    ("attributeNames", "The names of the columns in the first line.", &[]),
    ("compress", "Whether the file is compressed.", &["true", "false"]),
    ("fact-dir", "The directory of the file that is read.", &[]),
    ("output-dir", "The directory of the file that is written.", &[]),
    ("dbname", "The file of the database.", &[]),
    ("db", "The file of the database.", &[]),
    ("format", "In JSON, whether a tuple is a list or an object.", &["list", "object"]),
];

/// Parameters of invariants: the key, what it means, and its values.
pub(super) const INVARIANT: &[(&str, &str, &[&str])] = &[
    ("severity", "How bad a violation is.", &["\"error\"", "\"warning\"", "\"info\""]),
    ("message", "What a violation says; `{column}` stands for its value.", &[]),
];

/// Parameters of `.stream`: the key, and what it means.
pub(super) const STREAM_PARAMETERS: &[(&str, &str)] = &[
    ("time", "The column that says when the event was."),
    ("horizon", "How long an event can be related to others."),
    ("lateness", "How far an event may be behind the newest; later ones are set aside."),
    ("idle", "The events of a group are evaluated after this silence; a later one has them evaluated again."),
    ("keep", "What is folded by buckets of time leaves when its bucket has been over for so long."),
];

/// Aggregates: the word, a snippet, and what it does.
pub(super) const AGGREGATES: &[(&str, &str, &str)] = &[
    ("count", "count : { $0 }", "How many bindings the body has."),
    ("sum", "sum ${1:x} : { $0 }", "The sum of a value over the bindings of the body."),
    ("min", "min ${1:x} : { $0 }", "The least value among the bindings of the body."),
    ("max", "max ${1:x} : { $0 }", "The greatest value among the bindings of the body."),
    ("mean", "mean ${1:x} : { $0 }", "The mean of a value over the bindings of the body."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::token;
    use crate::resolve::words;

    #[test]
    fn every_word_that_the_language_knows_is_explained() {
        let explained: Vec<&str> = FUNCTORS.iter().map(|functor| functor.name).collect();
        let missing: Vec<&str> = words::functors().filter(|name| !explained.contains(name)).collect();
        assert_eq!(missing, [""; 0], "functors without a line in this table");
        let explained: Vec<&str> = DIRECTIVES.iter().map(|(word, ..)| *word).collect();
        let missing: Vec<&&str> = token::DIRECTIVES.iter().filter(|word| !explained.contains(word)).collect();
        assert_eq!(missing, [&""; 0], "directives without a line in this table");
        let explained: Vec<&str> = QUALIFIERS.iter().map(|(word, _)| *word).collect();
        let missing: Vec<&str> = words::qualifiers().filter(|word| !explained.contains(word)).collect();
        assert_eq!(missing, [""; 0], "qualifiers without a line in this table");
    }

    #[test]
    fn a_functor_prints_itself_as_it_is_called() {
        assert_eq!(
            functor("prefix_of").map(|f| f.to_string()).as_deref(),
            Some("prefix_of(ip: Ip, length: number): Prefix")
        );
        assert_eq!(functor("match").map(|f| f.to_string()).as_deref(), Some("match(pattern: symbol, text: symbol)"));
        assert!(functor("no_such").is_none());
    }
}
