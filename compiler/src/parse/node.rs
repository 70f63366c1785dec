//! What the grammar's actions build. Conditions and values share one grammar, because only what follows a closing
//! parenthesis tells `(a(x), b(x))` from `(f(x) + 1) * 2`; here each is taken for what its place demands.

use super::places::Places;
use super::token::Token;
use crate::ast::{
    Aggregate, AggregateOperator, At, Atom, Body, Branch, Clause, Expr, ExprKind, Item, ItemKind, Layout, Name,
    TypeDeclaration, TypeDefinition,
};
use crate::diagnostic::{Diagnostic, codes};
use lalrpop_util::ErrorRecovery;
use std::convert::Infallible;
use std::rc::Rc;

/// A condition or a value.
pub(crate) enum Node {
    /// A value, or an atom that could be one: `f(x)`.
    Value(Expr),
    /// Surely a condition.
    Condition(Body),
}

/// What stands between two `|` of a type declaration.
pub(crate) enum Member {
    /// A type that a union unites.
    Type(Name),
    /// A branch of an algebraic data type.
    Branch(Branch),
}

/// An error that the parser has recovered from.
pub(crate) type Recovered = ErrorRecovery<u32, Token, Infallible>;

/// The state of one parse.
pub(crate) struct Builder {
    /// Where the words stand.
    pub places: Rc<Places>,
    /// What the actions found.
    pub diagnostics: Vec<Diagnostic>,
    /// What the parser found.
    pub errors: Vec<Recovered>,
}

impl Builder {
    /// A place.
    pub(crate) fn at(&self, start: u32, end: u32) -> At {
        At(self.places.span(start, end))
    }

    /// An item; its documentation and layout are found later.
    pub(crate) fn item(&self, start: u32, kind: ItemKind, end: u32) -> Item {
        Item { doc: String::new(), kind, at: self.at(start, end), layout: Layout::default() }
    }

    /// A type declared in one of the old ways: `.symbol_type t`, `.type t`.
    pub(crate) fn subtype(&self, name: Name, base: &str) -> TypeDeclaration {
        let base = Name { text: base.into(), at: name.at };
        TypeDeclaration { name, definition: TypeDefinition::Subtype(base) }
    }

    /// What a declared type consists of: types, or branches.
    pub(crate) fn members(&mut self, members: Vec<Member>) -> TypeDefinition {
        let (mut types, mut branches) = (Vec::new(), Vec::new());
        for member in members {
            match member {
                Member::Type(name) => types.push(name),
                Member::Branch(branch) => branches.push(branch),
            }
        }
        if let (Some(name), Some(branch)) = (types.first(), branches.first()) {
            let message = "a type has branches or unites types, not both";
            self.diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, message, name.span(), "a type")
                    .also(branch.at.0, "a branch")
                    .help(format!("a branch that holds nothing is written `{name} {{}}`")),
            );
        }
        if branches.is_empty() { TypeDefinition::Union(types) } else { TypeDefinition::Branches(branches) }
    }

    /// A name that must not be qualified: of an attribute, a variable, an instance, a key.
    pub(crate) fn plain(&mut self, name: Name) -> Name {
        if name.text.contains('.') {
            let message = format!("qualified name `{name}` cannot stand here");
            self.diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, message, name.span(), "expected a name without dots")
                    .help("only relations and types of an instance have qualified names; a space sets off a full stop"),
            );
        }
        name
    }

    /// A fact, which has one head.
    pub(crate) fn fact(&mut self, heads: Vec<Atom>) -> ItemKind {
        if let [first, second, ..] = heads.as_slice() {
            let message = "a fact has one head";
            self.diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, message, second.at.0, "a second one")
                    .also(first.at.0, "the first")
                    .help("end each fact with a full stop; only rules have several heads"),
            );
        }
        ItemKind::Clause(Clause { heads, body: None })
    }

    /// Reports the use of a functor that a C++ library would define.
    pub(crate) fn user_defined(&mut self, name: &Name, at: At) -> Expr {
        let message = format!("user-defined functor `@{name}` cannot be called");
        self.diagnostics.push(
            Diagnostic::error(codes::NOT_SUPPORTED, message, at.0, "its definition is C++, which is not loaded")
                .help("only the built-in functors can be used"),
        );
        Expr { kind: ExprKind::Error, at }
    }

    /// Reports a column that is declared to be of a lattice.
    pub(crate) fn lattice(&mut self, start: u32, end: u32) {
        let span = self.places.span(start, end);
        self.diagnostics.push(
            Diagnostic::error(codes::NOT_SUPPORTED, "columns of a lattice are not supported", span, "")
                .help("subsumption (`r(x, a) <= r(x, b) :- b <= a.`) keeps the best tuple per key"),
        );
    }

    /// A node where a value must stand.
    pub(crate) fn value(&mut self, node: Node) -> Expr {
        match node {
            Node::Value(expr) => expr,
            Node::Condition(body) => {
                let span = body.span();
                self.diagnostics.push(Diagnostic::error(
                    codes::SYNTAX_ERROR,
                    "a condition stands where a value is needed",
                    span,
                    "not a value",
                ));
                Expr { kind: ExprKind::Error, at: At(span) }
            }
        }
    }

    /// A node where a condition must stand.
    pub(crate) fn condition(&mut self, node: Node) -> Body {
        match node {
            Node::Condition(body) => body,
            Node::Value(Expr { kind: ExprKind::Call(name, args), at }) => Body::Atom(Atom { name, args, at }),
            Node::Value(expr) => {
                if expr.kind != ExprKind::Error {
                    let mut diagnostic = Diagnostic::error(
                        codes::SYNTAX_ERROR,
                        "a value stands where a condition is needed",
                        expr.span(),
                        "not a condition",
                    );
                    if let ExprKind::Variable(name) = &expr.kind {
                        diagnostic = diagnostic.help(format!(
                            "an atom has parentheses, `{name}()`; a comparison has two sides, `{name} = ...`"
                        ));
                    }
                    self.diagnostics.push(diagnostic);
                }
                Body::Bool(true, expr.at)
            }
        }
    }

    /// Several nodes joined; one stays what it is.
    pub(crate) fn join(&mut self, mut nodes: Vec<Node>, at: At, make: fn(Vec<Body>, At) -> Body) -> Node {
        if nodes.len() == 1
            && let Some(node) = nodes.pop()
        {
            return node;
        }
        let bodies = nodes.into_iter().map(|node| self.condition(node)).collect();
        Node::Condition(make(bodies, at))
    }

    /// An aggregate, whose target must fit its operator.
    pub(crate) fn aggregate(&mut self, operator: AggregateOperator, target: Option<Expr>, body: Body, at: At) -> Expr {
        let counts = operator == AggregateOperator::Count;
        if counts == target.is_some() {
            let symbol = operator.symbol();
            let (message, help) = if counts {
                (
                    "aggregate `count` counts tuples and takes no target".to_string(),
                    "write `count : { ... }`".to_string(),
                )
            } else {
                (format!("aggregate `{symbol}` needs a target"), format!("write `{symbol} x : {{ ... }}`"))
            };
            self.diagnostics.push(Diagnostic::error(codes::SYNTAX_ERROR, message, at.0, "").help(help));
            return Expr { kind: ExprKind::Error, at };
        }
        Expr { kind: ExprKind::Aggregate(Box::new(Aggregate { operator, target, body })), at }
    }
}
