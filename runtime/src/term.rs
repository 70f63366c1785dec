//! Records as values: a word, its type, and the table in which it stands. Nothing is read before it is asked for, and
//! nothing here recurses, however deep the record is.

use crate::symbols::Symbols;
use crate::value::Value;
use compiler::structure::{Field, Structure, Structures};
use compiler::value::{Primitive, Type};
use std::fmt::{self, Write};
use std::sync::Arc;

/// A record, or a value of an algebraic data type.
#[derive(Clone, Debug)]
pub struct Term {
    word: u64,
    ty: Type,
    symbols: Symbols,
}

/// What a [`Term`] is made of, one level deep.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// `nil`
    Nil,
    /// The fields of a record by name.
    Record(Vec<(Arc<str>, Value)>),
    /// A branch, and its fields by name.
    Branch(Arc<str>, Vec<(Arc<str>, Value)>),
}

impl Term {
    pub(crate) fn new(word: u64, ty: &Type, symbols: &Symbols) -> Term {
        Term { word, ty: ty.clone(), symbols: symbols.clone() }
    }

    /// Its word.
    pub fn word(&self) -> u64 {
        self.word
    }

    /// Its type, with the structure of all types within it.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// What it is made of.
    pub fn contents(&self) -> Contents {
        let value = |(word, field): (u64, &Field)| {
            let structures = self.ty.structures.clone();
            (field.name.clone(), Value::of(word, &Type { structures, ..field.ty.clone() }, &self.symbols))
        };
        let words = self.symbols.fields(self.word);
        match self.ty.structure() {
            Some(Structure::Branches(branches)) => {
                let branch = words.first().and_then(|number| branches.get(*number as usize));
                branch.map_or(Contents::Nil, |branch| {
                    let fields = words[1..].iter().copied().zip(&branch.fields);
                    Contents::Branch(branch.name.clone(), fields.map(value).collect())
                })
            }
            Some(Structure::Record(fields)) if self.word != 0 => {
                Contents::Record(words.into_iter().zip(fields).map(value).collect())
            }
            _ => Contents::Nil,
        }
    }

    /// Writes it as Soufflé does, `[1, [2, nil]]` and `$Node($Leaf, 3)`, with `leaf` for what is no record.
    pub fn write(
        &self,
        out: &mut dyn Write,
        leaf: &mut dyn FnMut(&mut dyn Write, &Value) -> fmt::Result,
    ) -> fmt::Result {
        let empty = Structures::default();
        let structures = self.ty.structures.as_deref().unwrap_or(&empty);
        let mut left = vec![Piece::Word(self.word, &self.ty)];
        while let Some(piece) = left.pop() {
            match piece {
                Piece::Text(text) => out.write_str(text)?,
                Piece::Word(word, ty) if ty.primitive == Primitive::Record => {
                    self.open(word, structures.get(&ty.name), out, &mut left)?;
                }
                Piece::Word(word, ty) => leaf(out, &Value::of(word, ty, &self.symbols))?,
            }
        }
        Ok(())
    }

    /// Writes how a tuple begins; what follows is left to write.
    fn open<'t>(
        &self,
        word: u64,
        structure: Option<&'t Structure>,
        out: &mut dyn Write,
        left: &mut Vec<Piece<'t>>,
    ) -> fmt::Result {
        let words = self.symbols.fields(word);
        let (fields, words, [open, close]) = match structure {
            Some(Structure::Record(fields)) if word != 0 => (fields, &words[..], ["[", "]"]),
            Some(Structure::Branches(branches)) if let [number, words @ ..] = &words[..] => {
                let Some(branch) = branches.get(*number as usize) else { return write!(out, "nil") };
                write!(out, "${}", branch.name)?;
                let parentheses = if branch.fields.is_empty() { ["", ""] } else { ["(", ")"] };
                (&branch.fields, words, parentheses)
            }
            Some(_) => return write!(out, "nil"),
            None => return write!(out, "#{word}"),
        };
        out.write_str(open)?;
        left.push(Piece::Text(close));
        for (at, (word, field)) in words.iter().zip(fields).enumerate().rev() {
            left.push(Piece::Word(*word, &field.ty));
            left.extend((at > 0).then_some(Piece::Text(", ")));
        }
        Ok(())
    }
}

/// What is left to write, the last first.
enum Piece<'a> {
    Text(&'static str),
    Word(u64, &'a Type),
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word && self.symbols.is(&other.symbols)
    }
}

/// As in an output file.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &mut |out, value| write!(out, "{value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `List = [head: number, tail: List]` and `Tree = Leaf {} | Node {left: Tree, name: symbol}`.
    fn ty(name: &str) -> Type {
        let field = |name: &str, ty: &str, primitive| {
            let ty = Type { name: ty.into(), ..Type::plain(primitive) };
            Field { name: name.into(), ty }
        };
        let branch = |name: &str, fields| compiler::structure::Branch { name: Arc::from(name), fields };
        let list = vec![field("head", "number", Primitive::Number), field("tail", "List", Primitive::Record)];
        let node = vec![field("left", "Tree", Primitive::Record), field("name", "symbol", Primitive::Symbol)];
        let structures = Structures::new([
            ("List".into(), Structure::Record(list)),
            ("Tree".into(), Structure::Branches(vec![branch("Leaf", vec![]), branch("Node", node)])),
        ]);
        Type { name: name.into(), structures: Some(Arc::new(structures)), ..Type::plain(Primitive::Record) }
    }

    #[test]
    fn records_and_branches_are_written_as_in_soufflé() {
        let symbols = Symbols::default();
        let list = symbols.pack(&[1, symbols.pack(&[-2i64 as u64, 0])]);
        assert_eq!(Value::of(list, &ty("List"), &symbols).to_string(), "[1, [-2, nil]]");
        let tree = symbols.pack(&[1, symbols.pack(&[0]), symbols.intern("a b")]);
        let tree = Term::new(tree, &ty("Tree"), &symbols);
        assert_eq!(tree.to_string(), "$Node($Leaf, a b)");
        let Contents::Branch(name, fields) = tree.contents() else { panic!("a branch") };
        let [(left, Value::Record(leaf)), (_, Value::Symbol(text))] = &fields[..] else { panic!("{fields:?}") };
        assert_eq!((&*name, &**left, &**text), ("Node", "left", "a b"));
        assert_eq!(leaf.contents(), Contents::Branch("Leaf".into(), vec![]));
    }

    #[test]
    fn a_list_of_a_million_is_written_without_recursion() {
        let symbols = Symbols::default();
        let list = (0..1_000_000).fold(0, |tail, _| symbols.pack(&[7, tail]));
        let text = Value::of(list, &ty("List"), &symbols).to_string();
        assert_eq!(text.len(), 1_000_000 * "[7, ]".len() + "nil".len());
    }
}
