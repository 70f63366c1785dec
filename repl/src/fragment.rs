//! Fragments: edits and simple questions, compiled against the declarations that they name instead of the whole program.
//!
//! A program of a thousand rules takes the compiler many milliseconds, a fact none. So a fact to be edited, or a question
//! about one relation, is compiled with the declarations of the relations that it mentions. Whatever does not come out
//! right that way is compiled with the whole program, which knows better what is wrong.

use compiler::NoFiles;
use compiler::program::{Expr, Literal, Program, Relation, RelationId, VariableId};
use compiler::span::Sources;
use compiler::value::{Const, Form, Primitive, Type};
use std::collections::BTreeSet;
use std::fmt::Write;

/// A text compiled against declarations alone.
pub(crate) struct Fragment {
    /// The declared relations that the text mentions, and what the text says.
    pub program: Program,
    /// The texts that its spans point into.
    pub sources: Sources,
    /// The number of the text among the sources.
    pub source: u32,
}

/// Compiles a text against the declarations of a program; none if there is anything wrong with it.
pub(crate) fn fragment(program: &Program, name: &str, text: &str) -> Option<Fragment> {
    let declarations = declarations(program, text);
    let compilation = compiler::compile(&[("<declarations>", &declarations), (name, text)], &NoFiles);
    Some(Fragment { program: compilation.program?, sources: compilation.sources, source: 1 })
}

/// The declarations of the relations that a text mentions, and of their types.
fn declarations(program: &Program, text: &str) -> String {
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '?')).collect();
    let mut declarations = String::new();
    let mut types = BTreeSet::new();
    let mut subtype = |ty: &Type, declarations: &mut String| {
        if let Some(base) = base(ty).filter(|base| *ty.name != **base)
            && types.insert(ty.name.clone())
        {
            let _ = writeln!(declarations, ".type {} = {base}", ty.name);
        }
    };
    for (name, structure) in program.structures.iter() {
        structure.fields().for_each(|field| subtype(&field.ty, &mut declarations));
        let _ = writeln!(declarations, ".type {name} = {structure}");
    }
    for Relation { name, columns, .. } in program.relations.iter().filter(|r| words.contains(&*r.name)) {
        columns.iter().for_each(|column| subtype(&column.ty, &mut declarations));
        let columns: Vec<String> = columns.iter().map(|c| format!("{}: {}", c.name, c.ty.name)).collect();
        let _ = writeln!(declarations, ".decl {name}({})", columns.join(", "));
    }
    declarations
}

/// The built-in type under a declared one; none under a record.
fn base(ty: &Type) -> Option<&'static str> {
    Some(match (ty.form, ty.primitive) {
        (_, Primitive::Record) => return None,
        (Form::Ip, _) => "Ip",
        (Form::Prefix, _) => "Prefix",
        (Form::Mac, _) => "Mac",
        (Form::Time, _) => "Time",
        (Form::Duration, _) => "Duration",
        (Form::Plain, Primitive::Number) => "number",
        (Form::Plain, Primitive::Unsigned) => "unsigned",
        (Form::Plain, Primitive::Float) => "float",
        (Form::Plain, Primitive::Symbol) => "symbol",
    })
}

/// A question that one index of one relation answers.
pub(crate) struct Lookup {
    /// The relation.
    pub relation: RelationId,
    /// What each column must be.
    pub pattern: Vec<Option<Const>>,
    /// The columns of the answer.
    pub columns: Vec<usize>,
}

/// The query as a lookup; none if it takes more than that.
pub(crate) fn lookup(program: &Program, query: RelationId) -> Option<Lookup> {
    let mut rules = program.rules.iter().filter(|r| r.head == query);
    let (rule, None) = (rules.next()?, rules.next()) else { return None };
    let [Literal::Positive(atom)] = &rule.body[..] else { return None };
    let mut pattern = Vec::new();
    let mut places: Vec<(VariableId, usize)> = Vec::new();
    for (column, argument) in atom.args.iter().enumerate() {
        pattern.push(match argument {
            Expr::Const(constant) => Some(constant.clone()),
            Expr::Wildcard => None,
            Expr::Variable(v) if places.iter().all(|(known, _)| known != v) => {
                places.push((*v, column));
                None
            }
            _ => return None,
        });
    }
    let place = |argument: &Expr| match argument {
        Expr::Variable(v) => places.iter().find(|(known, _)| known == v).map(|(_, column)| *column),
        _ => None,
    };
    let columns = rule.args.iter().map(place).collect::<Option<Vec<usize>>>()?;
    Some(Lookup { relation: atom.relation, pattern, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Program {
        compiler::compile(&[("a.dl", text)], &NoFiles).program.expect("nothing is wrong")
    }

    #[test]
    fn a_fragment_knows_the_types_of_what_it_mentions() {
        let program = program(".type Id <: number .type Own <: Ip .decl owns(id: Id, ip: Own) .decl other(x: float)");
        let fragment = fragment(&program, "<prompt>", "owns(7, \"2001:DB8::0:1\").").expect("a fact");
        assert_eq!(fragment.program.facts[0].values[1], Const::Symbol("2001:db8::1".into()));
        assert_eq!(fragment.program.facts[0].span.source, fragment.source);
        assert!(fragment.program.find("other").is_none());
    }

    #[test]
    fn what_is_wrong_is_no_fragment() {
        let program = program(".decl a(x: number)");
        assert!(fragment(&program, "<prompt>", "a(\"x\").").is_none());
        assert!(fragment(&program, "<prompt>", "b(1).").is_none());
    }

    #[test]
    fn one_atom_of_constants_and_different_variables_is_a_lookup() {
        let is_lookup = |query: &str| {
            let program = program(&format!(".decl a(x: number, y: number, z: number) {query}"));
            lookup(&program, program.queries[0]).map(|l| (l.pattern.iter().flatten().count(), l.columns))
        };
        assert_eq!(is_lookup("?- a(x, 1, y)."), Some((1, vec![0, 2])));
        assert_eq!(is_lookup("?- a(_, x, _)."), Some((0, vec![1])));
        assert_eq!(is_lookup("?- a(1, 2, 3)."), Some((3, vec![])));
        assert_eq!(is_lookup("?- a(x, x, _)."), None);
        assert_eq!(is_lookup("?- a(x, _, _), x > 1."), None);
        assert_eq!(is_lookup("?- a(x, _, _) ; a(_, x, _)."), None);
    }
}
