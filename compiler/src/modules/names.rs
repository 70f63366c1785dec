//! The names in an item that mean relations, types or branches of types: what instantiation renames.

use crate::ast::*;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// A relation.
    Relation,
    /// A type.
    Type,
    /// A branch of an algebraic data type.
    Branch,
}

/// Calls `visit` for each name of a relation, a type or a branch in an item, those that it declares included. Names of components
/// and instances are not among them.
pub(super) fn names(item: &mut Item, visit: &mut dyn FnMut(Sort, &mut Name)) {
    match &mut item.kind {
        ItemKind::Relations(relations) => {
            relations.names.iter_mut().for_each(|name| visit(Sort::Relation, name));
            attributes(&mut relations.attributes, visit);
            relations.delta.iter_mut().for_each(|(_, of)| visit(Sort::Relation, of));
        }
        ItemKind::Type(declaration) => {
            visit(Sort::Type, &mut declaration.name);
            match &mut declaration.definition {
                TypeDefinition::Subtype(base) => visit(Sort::Type, base),
                TypeDefinition::Union(members) => members.iter_mut().for_each(|name| visit(Sort::Type, name)),
                TypeDefinition::Record(fields) => attributes(fields, visit),
                TypeDefinition::Branches(branches) => {
                    for branch in branches {
                        visit(Sort::Branch, &mut branch.name);
                        attributes(&mut branch.attributes, visit);
                    }
                }
            }
        }
        ItemKind::Functor(functor) => {
            functor.parameters.iter_mut().for_each(|parameter| visit(Sort::Type, &mut parameter.ty));
            visit(Sort::Type, &mut functor.result);
        }
        ItemKind::Directive(directive) => {
            directive.targets.iter_mut().for_each(|target| visit(Sort::Relation, &mut target.relation));
        }
        ItemKind::Limit(targets) | ItemKind::Invariant(targets) | ItemKind::Stream(targets) => {
            targets.iter_mut().for_each(|target| visit(Sort::Relation, &mut target.relation));
        }
        ItemKind::Suppose(targets) => {
            for target in targets {
                visit(Sort::Relation, &mut target.relation);
                for Parameter { key, value } in &mut target.parameters {
                    if &*key.text != "of" {
                        visit(Sort::Relation, key);
                    }
                    let mut name = Name { text: value.value.clone(), at: value.at };
                    visit(Sort::Relation, &mut name);
                    value.value = name.text;
                }
            }
        }
        ItemKind::Clause(clause) => {
            clause.heads.iter_mut().for_each(|head| atom(head, visit));
            clause.body.iter_mut().for_each(|part| body(part, visit));
        }
        ItemKind::Subsumption(subsumption) => {
            atom(&mut subsumption.left, visit);
            atom(&mut subsumption.right, visit);
            body(&mut subsumption.body, visit);
        }
        ItemKind::Query(part) | ItemKind::Expect(Expectation::Holds(part)) => body(part, visit),
        ItemKind::Expect(Expectation::Only(atoms)) => atoms.iter_mut().for_each(|only| atom(only, visit)),
        ItemKind::Test(test) => test.items.iter_mut().for_each(|item| names(item, visit)),
        ItemKind::Scenario(scenario) => scenario.edits.iter_mut().for_each(|edit| names(&mut edit.item, visit)),
        ItemKind::Include(_)
        | ItemKind::Pragma(_)
        | ItemKind::Plan(_)
        | ItemKind::Component(_)
        | ItemKind::Init(_)
        | ItemKind::Override(_) => {}
    }
}

fn attributes(attributes: &mut [Attribute], visit: &mut dyn FnMut(Sort, &mut Name)) {
    attributes.iter_mut().for_each(|attribute| visit(Sort::Type, &mut attribute.ty));
}

fn atom(atom: &mut Atom, visit: &mut dyn FnMut(Sort, &mut Name)) {
    visit(Sort::Relation, &mut atom.name);
    atom.args.iter_mut().for_each(|arg| expr(arg, visit));
}

fn body(part: &mut Body, visit: &mut dyn FnMut(Sort, &mut Name)) {
    match part {
        Body::And(parts, _) | Body::Or(parts, _) => parts.iter_mut().for_each(|part| body(part, visit)),
        Body::Not(inner, _) => body(inner, visit),
        Body::Atom(inner) => atom(inner, visit),
        Body::Compare(compare) => {
            expr(&mut compare.left, visit);
            expr(&mut compare.right, visit);
        }
        Body::Bool(..) => {}
    }
}

fn expr(value: &mut Expr, visit: &mut dyn FnMut(Sort, &mut Name)) {
    match &mut value.kind {
        // The name of a call is a functor's.
        ExprKind::Call(_, args) | ExprKind::Record(args) => args.iter_mut().for_each(|arg| expr(arg, visit)),
        ExprKind::Branch(name, args) => {
            visit(Sort::Branch, name);
            args.iter_mut().for_each(|arg| expr(arg, visit));
        }
        ExprKind::Unary(_, inner) => expr(inner, visit),
        ExprKind::Binary(_, left, right) => {
            expr(left, visit);
            expr(right, visit);
        }
        ExprKind::As(inner, ty) => {
            expr(inner, visit);
            visit(Sort::Type, ty);
        }
        ExprKind::Aggregate(aggregate) => {
            aggregate.target.iter_mut().for_each(|target| expr(target, visit));
            body(&mut aggregate.body, visit);
        }
        ExprKind::Variable(_)
        | ExprKind::Wildcard
        | ExprKind::Counter
        | ExprKind::Integer(_)
        | ExprKind::Unsigned(_)
        | ExprKind::Float(_)
        | ExprKind::Text(_)
        | ExprKind::Nil
        | ExprKind::Error => {}
    }
}
