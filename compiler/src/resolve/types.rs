//! The types of a program: the primitive ones, the built-in subtypes, and those that the program declares.

use super::shape::Shapes;
use crate::ast::{Name, TypeDeclaration, TypeDefinition};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::structure::Structures;
use crate::suggest::nearest;
use crate::value::{Form, Primitive, Type};
use fnv::{FnvHashMap, FnvHashSet};
use std::sync::Arc;

/// A type by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TypeId(usize);

/// All types.
pub(super) struct TypeTable {
    types: Vec<Entry>,
    names: FnvHashMap<Arc<str>, TypeId>,
    /// Names whose declaration could not be read.
    lost: FnvHashSet<Arc<str>>,
    /// What records and algebraic data types are made of.
    pub(super) shapes: Shapes,
}

struct Entry {
    ty: Type,
    span: Option<Span>,
    /// None until resolved.
    kind: Option<Kind>,
}

/// How a type relates to others.
#[derive(Clone)]
enum Kind {
    Primitive,
    /// Another name for a type.
    Alias(TypeId),
    Subtype(TypeId),
    Union(Vec<TypeId>),
    /// A record or an algebraic data type, which is made of others and is no part of any.
    Structured,
}

const BUILT_IN: [(&str, Primitive, Form); 9] = [
    ("number", Primitive::Number, Form::Plain),
    ("unsigned", Primitive::Unsigned, Form::Plain),
    ("float", Primitive::Float, Form::Plain),
    ("symbol", Primitive::Symbol, Form::Plain),
    ("Ip", Primitive::Symbol, Form::Ip),
    ("Prefix", Primitive::Symbol, Form::Prefix),
    ("Mac", Primitive::Symbol, Form::Mac),
    ("Time", Primitive::Number, Form::Time),
    ("Duration", Primitive::Number, Form::Duration),
];

/// The type of records of which nothing more is known; it has no name in rules.
const RECORD: TypeId = TypeId(BUILT_IN.len());

impl TypeTable {
    /// The built-in types. `lost` are names that are not reported when they are missing.
    pub(super) fn new(lost: FnvHashSet<Arc<str>>) -> Self {
        let mut table = TypeTable { types: Vec::new(), names: FnvHashMap::default(), lost, shapes: Shapes::default() };
        for (name, primitive, form) in BUILT_IN {
            let kind = if form == Form::Plain { Kind::Primitive } else { Kind::Subtype(table.primitive(primitive)) };
            let id = TypeId(table.types.len());
            let ty = Type { name: name.into(), form, ..Type::plain(primitive) };
            table.names.insert(ty.name.clone(), id);
            table.types.push(Entry { ty, span: None, kind: Some(kind) });
        }
        let ty = Type::plain(Primitive::Record);
        table.types.push(Entry { ty, span: None, kind: Some(Kind::Structured) });
        table
    }

    /// The type that a primitive has by itself.
    pub(super) fn primitive(&self, primitive: Primitive) -> TypeId {
        match primitive {
            Primitive::Number => TypeId(0),
            Primitive::Unsigned => TypeId(1),
            Primitive::Float => TypeId(2),
            Primitive::Symbol => TypeId(3),
            Primitive::Record => RECORD,
        }
    }

    /// The built-in type of a form.
    pub(super) fn form(&self, form: Form) -> TypeId {
        TypeId(BUILT_IN.iter().rposition(|(_, _, f)| *f == form && *f != Form::Plain).unwrap_or(3))
    }

    /// Where the program declares a type of this name.
    pub(super) fn declared(&self, name: &str) -> Option<Span> {
        self.names.get(name).and_then(|id| self.types[id.0].span)
    }

    /// What a type means.
    pub(super) fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0].ty
    }

    /// Declares types, which may refer to each other in any order. A program's own type hides a built-in subtype.
    /// Returns the table of those that are made of others.
    pub(super) fn declare(
        &mut self,
        declarations: &[&TypeDeclaration],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Arc<Structures> {
        let added = self.name(declarations, diagnostics);
        let mut parts: FnvHashMap<TypeId, Vec<TypeId>> = FnvHashMap::default();
        for (id, declaration) in &added {
            let names = match &declaration.definition {
                TypeDefinition::Subtype(base) => std::slice::from_ref(base),
                TypeDefinition::Union(members) => members,
                TypeDefinition::Record(_) | TypeDefinition::Branches(_) => {
                    self.types[id.0].ty.primitive = Primitive::Record;
                    self.types[id.0].kind = Some(Kind::Structured);
                    continue;
                }
            };
            parts.insert(*id, names.iter().filter_map(|name| self.find(name, diagnostics)).collect());
        }
        let mut shapes = std::mem::take(&mut self.shapes);
        added.iter().for_each(|(id, declaration)| shapes.declare(self, *id, declaration, diagnostics));
        self.shapes = shapes;
        self.settle(&added, &parts, diagnostics);
        let structures = Arc::new(self.shapes.structures(self));
        for entry in self.types.iter_mut().filter(|entry| entry.ty.primitive == Primitive::Record) {
            entry.ty.structures = Some(structures.clone());
        }
        structures
    }

    /// Gives each declared type its name and place.
    fn name<'d>(
        &mut self,
        declarations: &[&'d TypeDeclaration],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<(TypeId, &'d TypeDeclaration)> {
        let mut added = Vec::new();
        for declaration in declarations {
            let name = &declaration.name;
            if let Some(old) = self.names.get(&name.text) {
                let entry = &self.types[old.0];
                let diagnostic = match entry.span {
                    Some(span) => Some(duplicate("type", name).also(span, "first declared here")),
                    None if old.0 < 4 => Some(duplicate("type", name).help("the primitive types are built in")),
                    None => None,
                };
                if let Some(diagnostic) = diagnostic {
                    diagnostics.push(diagnostic);
                    continue;
                }
            }
            let id = TypeId(self.types.len());
            let ty = Type { name: name.text.clone(), ..Type::plain(Primitive::Symbol) };
            self.names.insert(name.text.clone(), id);
            self.types.push(Entry { ty, span: Some(name.span()), kind: None });
            added.push((id, *declaration));
        }
        added
    }

    /// Gives each declared type its meaning, parts before wholes; what is left is defined by itself.
    fn settle(
        &mut self,
        added: &[(TypeId, &TypeDeclaration)],
        parts: &FnvHashMap<TypeId, Vec<TypeId>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut open: Vec<&(TypeId, &TypeDeclaration)> =
            added.iter().filter(|(id, _)| parts.contains_key(id)).collect();
        loop {
            let before = open.len();
            open.retain(|(id, declaration)| {
                let ready = parts[id].iter().all(|part| self.types[part.0].kind.is_some());
                if ready {
                    self.settle_one(*id, declaration, &parts[id], diagnostics);
                }
                !ready
            });
            if open.len() == before {
                break;
            }
        }
        for (id, declaration) in open {
            self.types[id.0].kind = Some(Kind::Union(Vec::new()));
            diagnostics.push(
                Diagnostic::error(
                    codes::CYCLIC_TYPE,
                    format!("type `{}` is defined by itself", declaration.name),
                    declaration.name.span(),
                    "",
                )
                .help("a type must come down to `number`, `unsigned`, `float` or `symbol`, a record, or branches"),
            );
        }
    }

    fn settle_one(
        &mut self,
        id: TypeId,
        declaration: &TypeDeclaration,
        parts: &[TypeId],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        diagnostics.extend(self.misfit(declaration, parts));
        if let Some(first) = parts.first() {
            let Type { primitive, form, .. } = *self.get(*first);
            let same = parts.iter().all(|part| self.get(*part).form == form);
            let base = self.get(self.real(*first)).name.clone();
            let ty = &mut self.types[id.0].ty;
            ty.primitive = primitive;
            ty.form = if same { form } else { Form::Plain };
            // Values of a record are read and printed by the name of its structure.
            if primitive == Primitive::Record {
                ty.name = base;
            }
        }
        self.types[id.0].kind = Some(match (&declaration.definition, parts) {
            (TypeDefinition::Subtype(_), [base, ..]) if self.structure(*base).is_none() => Kind::Subtype(*base),
            (TypeDefinition::Subtype(_) | TypeDefinition::Union(_), [one]) => Kind::Alias(*one),
            _ => Kind::Union(parts.to_vec()),
        });
    }

    /// What is wrong with the parts of a subtype or a union.
    fn misfit(&self, declaration: &TypeDeclaration, parts: &[TypeId]) -> Option<Diagnostic> {
        let name = &declaration.name;
        let (message, help) = match (&declaration.definition, parts) {
            (TypeDefinition::Subtype(base), [part]) => match &self.types[part.0].kind {
                Some(Kind::Union(_)) => {
                    (format!("type `{name}` is a subtype of `{base}`, a union"), "name one of its members as the base")
                }
                _ if self.structure(*part).is_some() => {
                    let what = self.shapes.noun(self.real(*part));
                    (
                        format!("type `{name}` is a subtype of `{base}`, {what}"),
                        "another name for it is written with `=`",
                    )
                }
                _ => return None,
            },
            (_, [first, rest @ ..]) if !rest.is_empty() => {
                if let Some(part) = parts.iter().find(|part| self.structure(**part).is_some()) {
                    let what = self.shapes.noun(self.real(*part));
                    let part = &self.get(*part).name;
                    let message = format!("type `{name}` unites `{part}`, {what}, with others");
                    (message, "a union is of primitive types, of their subtypes, or of unions")
                } else {
                    let (one, primitive) = (self.get(*first), self.get(*first).primitive);
                    let other = self.get(*rest.iter().find(|part| self.get(**part).primitive != primitive)?);
                    let message = format!(
                        "type `{name}` unites `{}`, {}, with `{}`, {}",
                        one.name,
                        super::mismatch::a(primitive),
                        other.name,
                        super::mismatch::a(other.primitive)
                    );
                    (message, "the members of a union have one primitive type")
                }
            }
            _ => return None,
        };
        Some(Diagnostic::error(codes::TYPE_MISMATCH, message, name.span(), "").help(help))
    }

    /// The type with this name; `None` is reported.
    pub(super) fn find(&self, name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<TypeId> {
        if let Some(id) = self.names.get(&name.text) {
            return Some(*id);
        }
        if super::is_lost(&self.lost, &name.text) {
            return None;
        }
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_TYPE, format!("unknown type `{name}`"), name.span(), "");
        let foreign = match &*name.text.to_lowercase() {
            "string" | "str" | "text" | "varchar" => Some("symbol"),
            "int" | "integer" | "i64" | "i32" | "long" => Some("number"),
            "uint" | "u64" | "u32" => Some("unsigned"),
            "double" | "real" | "f64" => Some("float"),
            _ => None,
        };
        let near = foreign.or_else(|| nearest(&name.text, self.types.iter().map(|entry| &*entry.ty.name)));
        if let Some(near) = near {
            diagnostic = diagnostic.suggest(near);
        }
        diagnostics.push(diagnostic);
        None
    }

    /// The type that another name stands for.
    pub(super) fn real(&self, mut id: TypeId) -> TypeId {
        while let Some(Kind::Alias(of)) = self.types[id.0].kind {
            id = of;
        }
        id
    }

    /// The record or algebraic data type that this is.
    pub(super) fn structure(&self, id: TypeId) -> Option<TypeId> {
        let id = self.real(id);
        (matches!(self.types[id.0].kind, Some(Kind::Structured)) && id != RECORD).then_some(id)
    }

    /// Whether every value of `a` is one of `b`.
    pub(super) fn is_subtype(&self, a: TypeId, b: TypeId) -> bool {
        let (a, b) = (self.real(a), self.real(b));
        if a == b {
            return true;
        }
        if let Some(Kind::Union(members)) = &self.types[b.0].kind
            && members.iter().any(|member| self.is_subtype(a, *member))
        {
            return true;
        }
        match &self.types[a.0].kind {
            Some(Kind::Subtype(base)) => self.is_subtype(*base, b),
            Some(Kind::Union(members)) => {
                !members.is_empty() && members.iter().all(|member| self.is_subtype(*member, b))
            }
            _ => false,
        }
    }

    /// The types whose values are in both, as Soufflé finds them: the lesser of the two, or what two unions share.
    pub(super) fn meet(&self, a: TypeId, b: TypeId) -> Vec<TypeId> {
        let (a, b) = (self.real(a), self.real(b));
        if self.is_subtype(a, b) {
            return vec![a];
        }
        if self.is_subtype(b, a) {
            return vec![b];
        }
        let mut shared = Vec::new();
        if let (Some(Kind::Union(_)), Some(Kind::Union(_))) = (&self.types[a.0].kind, &self.types[b.0].kind) {
            self.share(a, b, &mut shared);
        }
        shared
    }

    fn share(&self, a: TypeId, b: TypeId, shared: &mut Vec<TypeId>) {
        let a = self.real(a);
        if self.is_subtype(a, b) {
            if !shared.contains(&a) {
                shared.push(a);
            }
        } else if let Some(Kind::Union(members)) = &self.types[a.0].kind {
            members.iter().for_each(|member| self.share(*member, b, shared));
        }
    }
}

/// A name that is taken.
pub(super) fn duplicate(kind: &str, name: &Name) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("{kind} `{name}` is declared twice"), name.span(), "")
}
