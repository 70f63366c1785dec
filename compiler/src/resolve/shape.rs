//! The shapes of structured types: the fields of each record, and the branches of each algebraic data type.

use super::types::{TypeId, TypeTable, duplicate};
use crate::ast::{Attribute, Name, TypeDeclaration, TypeDefinition};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::structure::{Branch, Field, Structure, Structures};
use crate::suggest::nearest;
use fnv::FnvHashMap;
use std::sync::Arc;

/// All structured types, in the order of their declarations.
#[derive(Default)]
pub(super) struct Shapes {
    variants: Vec<(TypeId, Vec<Variant>)>,
    /// The type of each branch, and which of its variants it is.
    branches: FnvHashMap<Arc<str>, (TypeId, usize)>,
}

/// A tuple that values of the type can be: a record has one, an algebraic data type one a branch.
pub(super) struct Variant {
    /// The branch; none for a record.
    pub(super) name: Option<Arc<str>>,
    /// The fields: name, and type where it is known.
    pub(super) fields: Vec<(Arc<str>, Option<TypeId>)>,
    /// Its declaration.
    pub(super) span: Span,
}

impl Shapes {
    /// Takes in a declaration, if it is of a structured type.
    pub(super) fn declare(
        &mut self,
        types: &TypeTable,
        id: TypeId,
        declaration: &TypeDeclaration,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        // As in Soufflé, only those of records must differ.
        let differ = matches!(declaration.definition, TypeDefinition::Record(_));
        let fields = |attributes: &[Attribute], diagnostics: &mut Vec<Diagnostic>| {
            let mut fields: Vec<(Arc<str>, Option<TypeId>)> = Vec::new();
            for (place, attribute) in attributes.iter().enumerate() {
                let same = |other: &&Attribute| differ && other.name == attribute.name;
                if let Some(first) = attributes[..place].iter().find(same) {
                    let diagnostic = duplicate("field", &attribute.name);
                    diagnostics.push(diagnostic.also(first.name.span(), "first declared here"));
                }
                fields.push((attribute.name.text.clone(), types.find(&attribute.ty, diagnostics)));
            }
            fields
        };
        let variants = match &declaration.definition {
            TypeDefinition::Record(attributes) => {
                let fields = fields(attributes, diagnostics);
                vec![Variant { name: None, fields, span: declaration.name.span() }]
            }
            TypeDefinition::Branches(branches) => {
                let mut variants = Vec::with_capacity(branches.len());
                for branch in branches {
                    if let Some((first, place)) = self.branches.get(&branch.name.text) {
                        let known = if *first == id { &variants } else { self.of(*first) };
                        let span = known.get(*place).map_or(declaration.name.span(), |first: &Variant| first.span);
                        diagnostics.push(
                            duplicate("branch", &branch.name)
                                .also(span, "first declared here")
                                .help("the name of a branch tells its type, so no two types share one"),
                        );
                    } else {
                        self.branches.insert(branch.name.text.clone(), (id, variants.len()));
                    }
                    let fields = fields(&branch.attributes, diagnostics);
                    variants.push(Variant { name: Some(branch.name.text.clone()), fields, span: branch.name.span() });
                }
                variants
            }
            TypeDefinition::Subtype(_) | TypeDefinition::Union(_) => return,
        };
        self.variants.push((id, variants));
    }

    /// The variants of a structured type.
    pub(super) fn of(&self, id: TypeId) -> &[Variant] {
        self.variants.iter().find(|(known, _)| *known == id).map_or(&[], |(_, variants)| variants)
    }

    /// The only variant of a record type; none of an algebraic data type.
    pub(super) fn record(&self, id: TypeId) -> Option<&Variant> {
        self.of(id).first().filter(|variant| variant.name.is_none())
    }

    /// Whether a value of one type is one of the other: the same type, or records whose fields are alike.
    pub(super) fn alike(&self, types: &TypeTable, a: TypeId, b: TypeId) -> bool {
        let fields = |id| {
            let field = |(_, ty): &(Arc<str>, Option<TypeId>)| {
                let ty = (*ty)?;
                Some((types.get(ty).primitive, types.get(ty).form, types.structure(ty)))
            };
            Some(self.record(id)?.fields.iter().map(field).collect::<Vec<_>>())
        };
        a == b || fields(a).is_some() && fields(a) == fields(b)
    }

    /// What a structured type is, with an article.
    pub(super) fn noun(&self, id: TypeId) -> &'static str {
        if self.record(id).is_some() { "a record" } else { "an algebraic data type" }
    }

    /// Whether some type has a branch of this name.
    pub(super) fn has_branch(&self, name: &str) -> bool {
        self.branches.contains_key(name)
    }

    /// The type with this branch, and the branch's place; `None` is reported.
    pub(super) fn branch(&self, name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<(TypeId, usize)> {
        if let Some(found) = self.branches.get(&name.text) {
            return Some(*found);
        }
        let message = format!("unknown branch `{name}`");
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_BRANCH, message, name.span(), "");
        if let Some(near) = nearest(&name.text, self.branches.keys().map(|name| &**name)) {
            diagnostic = diagnostic.help(format!("did you mean `${near}`?"));
        } else {
            diagnostic = diagnostic.help(format!("declare it: `.type T = {name} {{...}} | ...`"));
        }
        diagnostics.push(diagnostic);
        None
    }

    /// The table that reads and prints values.
    pub(super) fn structures(&self, types: &TypeTable) -> Structures {
        let symbol = types.primitive(crate::value::Primitive::Symbol);
        let fields = |variant: &Variant| {
            let field = |(name, ty): &(Arc<str>, Option<TypeId>)| Field {
                name: name.clone(),
                ty: types.get(ty.unwrap_or(symbol)).clone(),
            };
            variant.fields.iter().map(field).collect::<Vec<Field>>()
        };
        Structures::new(self.variants.iter().map(|(id, variants)| {
            let structure = match variants.as_slice() {
                [record] if record.name.is_none() => Structure::Record(fields(record)),
                branches => Structure::Branches(
                    branches
                        .iter()
                        .map(|branch| Branch {
                            name: branch.name.clone().unwrap_or_else(|| "".into()),
                            fields: fields(branch),
                        })
                        .collect(),
                ),
            };
            (types.get(*id).name.clone(), structure)
        }))
    }
}
