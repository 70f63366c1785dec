//! The syntax tree: what a rule file says, before any name is resolved.
//!
//! The tree keeps everything that a formatter needs: the spelling of literals, the grouping of conditions, documentation
//! and comments. It prints itself in the house's layout (`format.rs`), and what it prints parses to an equal tree. Where
//! things stand does not count when trees are compared: [`At`] equals every other [`At`].

mod operator;

pub use operator::{AggregateOperator, BinaryOperator, CompareOperator, UNARY_PRECEDENCE, UnaryOperator};

use crate::span::Span;
use std::sync::Arc;

/// Where a node stands in the source. All places are equal: two trees are the same if they say the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct At(pub Span);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for At {}

/// How the author set something off from what stands around it; it does not count when trees are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// An empty line stands before it.
    pub apart: bool,
    /// Something else stands before it on its line.
    pub behind: bool,
}

impl PartialEq for Layout {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Layout {}

/// One parsed text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// What it says, in source order.
    pub items: Vec<Item>,
    /// Its comments in source order, documentation aside.
    pub comments: Vec<Comment>,
    /// Names whose declaration could not be read: their absence needs no further message.
    pub lost: Vec<Arc<str>>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// With its slashes.
    pub text: Arc<str>,
    /// Where.
    pub at: At,
    /// How it is set off.
    pub layout: Layout,
}

/// A declaration, a directive, or a clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The text of the `///` comments before it, without the slashes; one line each.
    pub doc: String,
    /// What it is.
    pub kind: ItemKind,
    /// From its first to its last character.
    pub at: At,
    /// How it is set off, its documentation included.
    pub layout: Layout,
}

/// The kinds of items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `.decl a, b(x: number) brie`
    Relations(Relations),
    /// `.type T <: symbol`, `.type T = A | B`, `.type T = [x: number]`, `.type T = A {} | B {x: number}`
    Type(TypeDeclaration),
    /// `.functor f(x: number): symbol stateful`
    Functor(FunctorDeclaration),
    /// `.input a(filename="a.csv"), b`
    Directive(Directive),
    /// `.limitsize a(n=100), b(n=5)`
    Limit(Vec<Target>),
    /// `.invariant a(severity = "error", message = "…"), b`
    Invariant(Vec<Target>),
    /// `.stream message(time = at, horizon = "120s")`
    Stream(Vec<Target>),
    /// `.suppose a(of = b, c = d)`
    Suppose(Vec<Target>),
    /// `.include "x.dl"`
    Include(Include),
    /// `.pragma "legacy"`
    Pragma(Vec<Text>),
    /// `.plan 0:(2,1)`, which follows a rule
    Plan(Vec<PlanEntry>),
    /// `a(1).`, `a(x), b(x) :- c(x).`
    Clause(Clause),
    /// `a(x, y) <= a(x, z) :- z < y.`
    Subsumption(Box<Subsumption>),
    /// `?- a(x).`
    Query(Body),
    /// `.comp A<T> : B<T> { … }`
    Component(Box<Component>),
    /// `.init a = A<number>`
    Init(Init),
    /// `.override r`
    Override(Name),
    /// `.test "name" { facts … expect … }`
    Test(Test),
    /// `.scenario name "text" { -a(x) :- b(x). +a(1). }`
    Scenario(Scenario),
    /// `expect a(x).`; in a test alone
    Expect(Expectation),
}

/// A name where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: Arc<str>,
    /// Where.
    pub at: At,
}

/// A string literal where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its value, escapes resolved.
    pub value: Arc<str>,
    /// Where, with its quotes.
    pub at: At,
}

/// Relations that are declared together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relations {
    /// Their names.
    pub names: Vec<Name>,
    /// Their columns.
    pub attributes: Vec<Attribute>,
    /// `brie`, `inline`, `output`, …
    pub qualifiers: Vec<Name>,
    /// `choice-domain a, (b, c)`: the columns of each key.
    pub choices: Vec<Vec<Name>>,
    /// `= debug_delta(r)`, which stands instead of all the above: the word, and the relation.
    pub delta: Option<(Name, Name)>,
}

/// `name: type`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The column's name.
    pub name: Name,
    /// Its type's name.
    pub ty: Name,
}

/// A declared type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDeclaration {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub definition: TypeDefinition,
}

/// What a declared type is.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeDefinition {
    /// `<: base`
    Subtype(Name),
    /// `= a | b`; of one member, another name for it
    Union(Vec<Name>),
    /// `= [a: number, b: symbol]`
    Record(Vec<Attribute>),
    /// `= A {} | B {x: number}`
    Branches(Vec<Branch>),
}

/// `B {x: number, y: t}`: one shape that a value of an algebraic data type can have.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its name.
    pub name: Name,
    /// What it holds.
    pub attributes: Vec<Attribute>,
    /// From its name to the closing brace.
    pub at: At,
}

/// A functor that a C++ library would define: it can be declared, and not be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctorDeclaration {
    /// Its name, without `@`.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<FunctorParameter>,
    /// The type of its value.
    pub result: Name,
    /// Whether it is declared `stateful`.
    pub stateful: bool,
}

/// `type` or `name: type`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctorParameter {
    /// Its name, if it is given.
    pub name: Option<Name>,
    /// Its type's name.
    pub ty: Name,
}

/// `.input`, `.output` or `.printsize`.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// Which.
    pub kind: crate::program::DirectiveKind,
    /// Of which relations, each with its parameters.
    pub targets: Vec<Target>,
}

/// `relation(key=value, …)`
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The relation.
    pub relation: Name,
    /// The parameters as written.
    pub parameters: Vec<Parameter>,
}

/// `key=value`
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The key.
    pub key: Name,
    /// The value; `value` and `"value"` are the same.
    pub value: Text,
}

/// `.include "path"` or `.include <path>`
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// The path as written.
    pub path: Text,
    /// Whether it stood in angle brackets.
    pub system: bool,
}

/// `version:(order)` of a `.plan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanEntry {
    /// The version.
    pub version: Arc<str>,
    /// The order of the atoms.
    pub order: Vec<Arc<str>>,
}

/// A component: declarations and clauses that are instantiated under a name of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its name and type parameters.
    pub ty: ComponentType,
    /// What it inherits from.
    pub bases: Vec<ComponentType>,
    /// What it consists of, in source order.
    pub items: Vec<Item>,
}

/// `name<parameters>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentType {
    /// The component.
    pub name: Name,
    /// The type parameters: names of types or of components.
    pub parameters: Vec<Name>,
    /// From the name to the last parameter.
    pub at: At,
}

/// `.init name = component`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// The instance.
    pub name: Name,
    /// Of which component.
    pub ty: ComponentType,
}

/// A fact or a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// What holds.
    pub heads: Vec<Atom>,
    /// If this does; none for a fact.
    pub body: Option<Body>,
}

/// `left <= right :- body.`: of two tuples for which the body holds, the left one goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Subsumption {
    /// The dominated tuple.
    pub left: Atom,
    /// The tuple that stays.
    pub right: Atom,
    /// The condition.
    pub body: Body,
}

/// A test of rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub name: Text,
    /// Facts and expectations, in source order.
    pub items: Vec<Item>,
}

/// A counterfactual of the model, as edits that are derived from the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: Name,
    /// What it is, in words.
    pub doc: Option<Text>,
    /// Its edits, in source order.
    pub edits: Vec<Edit>,
}

/// `+a(x) :- b(x).`, `-a(1).`
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// Whether the tuples of the head are inserted; otherwise they are retracted.
    pub insert: bool,
    /// A clause without the sign.
    pub item: Item,
}

/// What must hold in a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// `expect a(x), x > 1.`: something satisfies the body.
    Holds(Body),
    /// `expect only a(1), a(2).`: the relations have these tuples and no others.
    Only(Vec<Atom>),
}

/// `name(arguments)` as a condition: a relation, or a test such as `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// The relation.
    pub name: Name,
    /// The arguments.
    pub args: Vec<Expr>,
    /// From the name to the closing parenthesis.
    pub at: At,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `a, b, …`: two or more.
    And(Vec<Body>, At),
    /// `a ; b ; …`: two or more.
    Or(Vec<Body>, At),
    /// `!a`
    Not(Box<Body>, At),
    /// `a(x)`
    Atom(Atom),
    /// `x < y`
    Compare(Box<Compare>),
    /// `true`, `false`
    Bool(bool, At),
}

/// `left operator right`
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// The comparison.
    pub operator: CompareOperator,
    /// The left operand.
    pub left: Expr,
    /// The right operand.
    pub right: Expr,
    /// From the left operand to the right one.
    pub at: At,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where; parentheses around it do not count.
    pub at: At,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `x`
    Variable(Arc<str>),
    /// `$`, the next number
    Counter,
    /// `_`
    Wildcard,
    /// `12`, `0x1f`, `0b101`, `10.0.0.1`: as written.
    Integer(Arc<str>),
    /// `12u`: as written.
    Unsigned(Arc<str>),
    /// `1.5`: as written.
    Float(Arc<str>),
    /// `"text"`: its value.
    Text(Arc<str>),
    /// `cat(x, y)`
    Call(Name, Vec<Expr>),
    /// `-x`
    Unary(UnaryOperator, Box<Expr>),
    /// `x + y`
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `as(x, type)`
    As(Box<Expr>, Name),
    /// `nil`
    Nil,
    /// `[x, y]`
    Record(Vec<Expr>),
    /// `$B(x, y)`; `$A` and `$A()` are the same
    Branch(Name, Vec<Expr>),
    /// `sum x : { body }`
    Aggregate(Box<Aggregate>),
    /// Something that was reported already.
    Error,
}

/// `operator target : { body }`
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// The operator.
    pub operator: AggregateOperator,
    /// What is folded; none for `count`.
    pub target: Option<Expr>,
    /// Over what.
    pub body: Body,
}

impl Body {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Body::And(_, at) | Body::Or(_, at) | Body::Not(_, at) | Body::Bool(_, at) => at.0,
            Body::Atom(atom) => atom.at.0,
            Body::Compare(compare) => compare.at.0,
        }
    }
}

impl Name {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.at.0
    }
}

impl Expr {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.at.0
    }

    /// The expressions that it is made of; what stands in an aggregate is left out.
    pub fn parts(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Call(_, args) | ExprKind::Record(args) | ExprKind::Branch(_, args) => args.iter().collect(),
            ExprKind::Unary(_, inner) | ExprKind::As(inner, _) => vec![inner],
            ExprKind::Binary(_, left, right) => vec![left, right],
            _ => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn parts_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Call(_, args) | ExprKind::Record(args) | ExprKind::Branch(_, args) => args.iter_mut().collect(),
            ExprKind::Unary(_, inner) | ExprKind::As(inner, _) => vec![inner],
            ExprKind::Binary(_, left, right) => vec![left, right],
            _ => Vec::new(),
        }
    }
}
