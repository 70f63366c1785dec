//! The types of a program: the primitive ones, the built-in subtypes, and those that the program declares.

use crate::ast::{Name, TypeDeclaration, TypeDefinition};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
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
}

struct Entry {
    ty: Type,
    span: Option<Span>,
    /// None until resolved.
    shape: Option<Shape>,
}

#[derive(Clone)]
enum Shape {
    Primitive,
    Subtype(TypeId),
    Union(Vec<TypeId>),
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

impl TypeTable {
    /// The built-in types. `lost` are names that are not reported when they are missing.
    pub(super) fn new(lost: FnvHashSet<Arc<str>>) -> Self {
        let mut table = TypeTable { types: Vec::new(), names: FnvHashMap::default(), lost };
        for (name, primitive, form) in BUILT_IN {
            let shape = if form == Form::Plain { Shape::Primitive } else { Shape::Subtype(table.primitive(primitive)) };
            let id = TypeId(table.types.len());
            let ty = Type { name: name.into(), primitive, form };
            table.names.insert(ty.name.clone(), id);
            table.types.push(Entry { ty, span: None, shape: Some(shape) });
        }
        table
    }

    /// The type that a primitive has by itself.
    pub(super) fn primitive(&self, primitive: Primitive) -> TypeId {
        TypeId(match primitive {
            Primitive::Number => 0,
            Primitive::Unsigned => 1,
            Primitive::Float => 2,
            Primitive::Symbol => 3,
        })
    }

    /// The built-in type of a form.
    pub(super) fn form(&self, form: Form) -> TypeId {
        TypeId(BUILT_IN.iter().rposition(|(_, _, f)| *f == form && *f != Form::Plain).unwrap_or(3))
    }

    /// What a type means.
    pub(super) fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0].ty
    }

    /// Declares types, which may refer to each other in any order. A program's own type hides a built-in subtype.
    pub(super) fn declare(&mut self, declarations: &[&TypeDeclaration], diagnostics: &mut Vec<Diagnostic>) {
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
            let ty = Type { name: name.text.clone(), primitive: Primitive::Symbol, form: Form::Plain };
            self.names.insert(name.text.clone(), id);
            self.types.push(Entry { ty, span: Some(name.span()), shape: None });
            added.push((id, *declaration));
        }
        let mut parts: FnvHashMap<TypeId, Vec<TypeId>> = FnvHashMap::default();
        for (id, declaration) in &added {
            let names = match &declaration.definition {
                TypeDefinition::Subtype(base) => std::slice::from_ref(base),
                TypeDefinition::Union(members) => members,
                TypeDefinition::Record(_) | TypeDefinition::Branches(_) => {
                    let message = "record types are not supported yet";
                    diagnostics.push(Diagnostic::error(codes::NOT_SUPPORTED, message, declaration.name.span(), ""));
                    &[]
                }
            };
            parts.insert(*id, names.iter().filter_map(|name| self.find(name, diagnostics)).collect());
        }
        self.settle(&added, &parts, diagnostics);
    }

    /// Gives each declared type its meaning, parts before wholes; what is left is defined by itself.
    fn settle(
        &mut self,
        added: &[(TypeId, &TypeDeclaration)],
        parts: &FnvHashMap<TypeId, Vec<TypeId>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut open: Vec<&(TypeId, &TypeDeclaration)> = added.iter().collect();
        loop {
            let before = open.len();
            open.retain(|(id, declaration)| {
                let ready = parts[id].iter().all(|part| self.types[part.0].shape.is_some());
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
            self.types[id.0].shape = Some(Shape::Union(Vec::new()));
            diagnostics.push(
                Diagnostic::error(
                    codes::CYCLIC_TYPE,
                    format!("type `{}` is defined by itself", declaration.name),
                    declaration.name.span(),
                    "",
                )
                .help("a type must come down to `number`, `unsigned`, `float` or `symbol`"),
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
        if let Some(first) = parts.first() {
            let Type { primitive, form, .. } = *self.get(*first);
            if let Some(other) = parts.iter().find(|part| self.get(**part).primitive != primitive) {
                let message = format!(
                    "type `{}` unites `{}`, a {primitive}, with `{}`, a {}",
                    declaration.name,
                    self.get(*first).name,
                    self.get(*other).name,
                    self.get(*other).primitive
                );
                diagnostics.push(
                    Diagnostic::error(codes::TYPE_MISMATCH, message, declaration.name.span(), "")
                        .help("the members of a union have one primitive type"),
                );
            }
            let same = parts.iter().all(|part| self.get(*part).form == form);
            let ty = &mut self.types[id.0].ty;
            ty.primitive = primitive;
            ty.form = if same { form } else { Form::Plain };
        }
        self.types[id.0].shape = Some(match (&declaration.definition, parts) {
            (TypeDefinition::Subtype(_), [base, ..]) => Shape::Subtype(*base),
            _ => Shape::Union(parts.to_vec()),
        });
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

    /// Whether every value of `a` is one of `b`.
    pub(super) fn is_subtype(&self, a: TypeId, b: TypeId) -> bool {
        if a == b {
            return true;
        }
        if let Some(Shape::Union(members)) = &self.types[b.0].shape
            && members.iter().any(|member| self.is_subtype(a, *member))
        {
            return true;
        }
        match &self.types[a.0].shape {
            Some(Shape::Subtype(base)) => self.is_subtype(*base, b),
            Some(Shape::Union(members)) => {
                !members.is_empty() && members.iter().all(|member| self.is_subtype(*member, b))
            }
            _ => false,
        }
    }

    /// A type whose values are in both; none if the two have nothing in common.
    pub(super) fn meet(&self, a: TypeId, b: TypeId) -> Option<TypeId> {
        if self.is_subtype(a, b) {
            return Some(a);
        }
        if self.is_subtype(b, a) {
            return Some(b);
        }
        if let Some(Shape::Union(members)) = &self.types[a.0].shape {
            let common: Vec<TypeId> = members.iter().filter_map(|member| self.meet(*member, b)).collect();
            return match common.as_slice() {
                [] => None,
                [one] => Some(*one),
                _ => Some(a),
            };
        }
        match &self.types[b.0].shape {
            Some(Shape::Union(_)) => self.meet(b, a),
            _ => None,
        }
    }
}

/// A name that is taken.
pub(super) fn duplicate(kind: &str, name: &Name) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("{kind} `{name}` is declared twice"), name.span(), "")
}
