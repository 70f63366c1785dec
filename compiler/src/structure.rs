//! Structures: what the values of records and algebraic data types are made of.
//!
//! At run time such a value is one word, the number of an interned tuple; 0 is `nil`. The tuple of a record holds its
//! fields; that of an algebraic data type holds the number of the branch, then the branch's fields. A word alone does not
//! say what it is: its [`Type`] does, by name, in the table of the program's structures that the type carries.

use crate::value::{Primitive, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

/// The structured types of a program, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Structures(BTreeMap<Arc<str>, Structure>);

/// What the values of one type are made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Structure {
    /// `[head: number, tail: List]`
    Record(Vec<Field>),
    /// `Leaf {} | Node {left: Tree, right: Tree}`
    Branches(Vec<Branch>),
}

/// One shape of the values of an algebraic data type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Branch {
    /// Its name, which no other branch of the program has.
    pub name: Arc<str>,
    /// What it holds.
    pub fields: Vec<Field>,
}

/// A field of a record or of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Its type. It carries no table; the structure of a nested type is in the table that the field itself is in.
    pub ty: Type,
}

impl Structures {
    /// A table of types.
    pub fn new(structures: impl IntoIterator<Item = (Arc<str>, Structure)>) -> Self {
        Structures(structures.into_iter().collect())
    }

    /// The structure of the type with this name.
    pub fn get(&self, name: &str) -> Option<&Structure> {
        self.0.get(name)
    }

    /// All types, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Structure)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A type and all types within it, as declarations: equal in two programs only if its values mean the same in both.
    pub fn describe(&self, name: &str) -> String {
        let mut open = vec![name];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(structure) = self.get(name).filter(|_| seen.insert(name)) else { continue };
            open.extend(structure.fields().filter(|f| f.ty.primitive == Primitive::Record).map(|f| &*f.ty.name));
        }
        seen.into_iter().filter_map(|name| Some(format!("{name} = {};", self.get(name)?))).collect()
    }
}

impl Structure {
    /// The fields of a record, or of all branches.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        let (record, branches) = match self {
            Structure::Record(fields) => (fields.as_slice(), [].as_slice()),
            Structure::Branches(branches) => ([].as_slice(), branches.as_slice()),
        };
        record.iter().chain(branches.iter().flat_map(|branch| &branch.fields))
    }

    /// The number and the fields of the branch with this name.
    pub fn branch(&self, name: &str) -> Option<(u64, &[Field])> {
        let Structure::Branches(branches) = self else { return None };
        let at = branches.iter().position(|branch| &*branch.name == name)?;
        Some((at as u64, &branches[at].fields))
    }
}

/// As in a declaration.
impl Display for Structure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let list = |fields: &[Field]| {
            let field = |field: &Field| format!("{}: {}", field.name, field.ty.name);
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        };
        match self {
            Structure::Record(fields) => write!(f, "[{}]", list(fields)),
            Structure::Branches(branches) => {
                let branch = |branch: &Branch| format!("{} {{{}}}", branch.name, list(&branch.fields));
                f.write_str(&branches.iter().map(branch).collect::<Vec<_>>().join(" | "))
            }
        }
    }
}
