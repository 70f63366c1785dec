//! The formatter: a syntax tree in the house's layout. What it prints parses to an equal tree.
//!
//! A clause that fits stays on one line; a longer one has one condition a line. Empty lines between items stay, as one.
//! Comments keep their order: those within an item come to stand before it, those behind it stay behind it.

use crate::ast::*;
use crate::program::DirectiveKind;
use crate::value::Const;
use std::fmt::{self, Display, Formatter, Write};

/// How long a line may be.
const WIDTH: usize = 100;

impl Display for File {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut printer = Printer { comments: self.comments.iter().peekable(), indent: 0, first: true };
        printer.items(f, &self.items, u32::MAX)
    }
}

/// Items with the comments between them.
struct Printer<'a> {
    comments: std::iter::Peekable<std::slice::Iter<'a, Comment>>,
    /// How many components are open.
    indent: usize,
    /// Whether nothing stands before, in the file or in the component.
    first: bool,
}

impl Printer<'_> {
    /// Items and comments up to a byte of the source.
    fn items(&mut self, f: &mut Formatter<'_>, items: &[Item], end: u32) -> fmt::Result {
        for (index, item) in items.iter().enumerate() {
            let mut apart = item.layout;
            // The comments within a component stand where they stood.
            let component = matches!(item.kind, ItemKind::Component(_));
            let until = if component { item.at.0.start } else { item.at.0.end };
            while let Some(comment) = self.comments.next_if(|c| c.at.0.start < until) {
                let within = comment.at.0.start > item.at.0.start;
                self.comment(f, comment, if within { std::mem::take(&mut apart) } else { comment.layout })?;
            }
            self.gap(f, apart)?;
            self.item(f, item)?;
            let next = items.get(index + 1).map_or(end, |next| next.at.0.start);
            while let Some(comment) = self.comments.next_if(|c| c.layout.behind && c.at.0.start < next) {
                write!(f, " {}", comment.text)?;
            }
            f.write_str("\n")?;
        }
        while let Some(comment) = self.comments.next_if(|c| c.at.0.start < end) {
            self.comment(f, comment, comment.layout)?;
        }
        Ok(())
    }

    fn item(&mut self, f: &mut Formatter<'_>, item: &Item) -> fmt::Result {
        let margin = "    ".repeat(self.indent);
        let ItemKind::Component(component) = &item.kind else {
            for (index, line) in item.to_string().split('\n').enumerate() {
                write!(f, "{}{margin}{line}", if index == 0 { "" } else { "\n" })?;
            }
            return Ok(());
        };
        for line in documentation(item) {
            writeln!(f, "{margin}{line}")?;
        }
        write!(f, "{margin}{component} {{")?;
        let end = item.at.0.end;
        if component.items.is_empty() && self.comments.peek().is_none_or(|comment| comment.at.0.start >= end) {
            return f.write_str("}");
        }
        f.write_str("\n")?;
        self.indent += 1;
        self.first = true;
        self.items(f, &component.items, end)?;
        self.indent -= 1;
        self.first = false;
        write!(f, "{margin}}}")
    }

    fn comment(&mut self, f: &mut Formatter<'_>, comment: &Comment, layout: Layout) -> fmt::Result {
        self.gap(f, layout)?;
        writeln!(f, "{}{}", "    ".repeat(self.indent), comment.text)
    }

    fn gap(&mut self, f: &mut Formatter<'_>, layout: Layout) -> fmt::Result {
        let gap = !std::mem::take(&mut self.first) && layout.apart;
        f.write_str(if gap { "\n" } else { "" })
    }
}

/// The lines of an item's documentation, with their slashes.
fn documentation(item: &Item) -> impl Iterator<Item = String> + '_ {
    let lines = (!item.doc.is_empty()).then(|| item.doc.split('\n'));
    lines.into_iter().flatten().map(|line| format!("/// {line}").trim_end().to_string())
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if matches!(self.kind, ItemKind::Component(_)) {
            let mut printer = Printer { comments: [].iter().peekable(), indent: 0, first: true };
            return printer.item(f, self);
        }
        for line in documentation(self) {
            writeln!(f, "{line}")?;
        }
        match &self.kind {
            ItemKind::Relations(relations) => relations.fmt(f),
            ItemKind::Type(declaration) => declaration.fmt(f),
            ItemKind::Functor(functor) => functor.fmt(f),
            ItemKind::Directive(directive) => directive.fmt(f),
            ItemKind::Limit(limits) => {
                f.write_str(".limitsize ")?;
                targets(f, limits)
            }
            ItemKind::Invariant(invariants) => {
                f.write_str(".invariant ")?;
                list(f, invariants, invariant)
            }
            ItemKind::Stream(streams) => {
                f.write_str(".stream ")?;
                targets(f, streams)
            }
            ItemKind::Suppose(supposed) => {
                f.write_str(".suppose ")?;
                targets(f, supposed)
            }
            ItemKind::Include(Include { path, system: true }) => write!(f, ".include <{}>", path.value),
            ItemKind::Include(Include { path, system: false }) => write!(f, ".include {path}"),
            ItemKind::Pragma(texts) => {
                f.write_str(".pragma")?;
                texts.iter().try_for_each(|text| write!(f, " {text}"))
            }
            ItemKind::Plan(entries) => {
                f.write_str(".plan ")?;
                list(f, entries, |f, entry| {
                    write!(f, "{}:(", entry.version)?;
                    list(f, &entry.order, |f, place| f.write_str(place))?;
                    f.write_str(")")
                })
            }
            ItemKind::Clause(Clause { heads, body }) => {
                let mut head = String::new();
                for (index, atom) in heads.iter().enumerate() {
                    write!(head, "{}{atom}", if index == 0 { "" } else { ", " })?;
                }
                clause(f, &head, body.as_ref())
            }
            ItemKind::Subsumption(subsumption) => {
                let Subsumption { left, right, body } = &**subsumption;
                clause(f, &format!("{left} <= {right}"), Some(body))
            }
            ItemKind::Query(body) => write!(f, "?- {body}."),
            ItemKind::Component(component) => component.fmt(f),
            ItemKind::Init(Init { name, ty }) => write!(f, ".init {name} = {ty}"),
            ItemKind::Override(name) => write!(f, ".override {name}"),
            ItemKind::Test(test) => {
                writeln!(f, ".test {} {{", test.name)?;
                test.items.iter().try_for_each(|item| writeln!(f, "    {item}"))?;
                f.write_str("}")
            }
            ItemKind::Scenario(Scenario { name, doc, edits }) => {
                write!(f, ".scenario {name} ")?;
                doc.iter().try_for_each(|doc| write!(f, "{doc} "))?;
                f.write_str("{")?;
                for Edit { insert, item } in edits {
                    write!(f, "\n    {}{item}", if *insert { '+' } else { '-' })?;
                }
                f.write_str(if edits.is_empty() { "}" } else { "\n}" })
            }
            ItemKind::Expect(Expectation::Holds(body)) => write!(f, "expect {body}."),
            ItemKind::Expect(Expectation::Only(atoms)) => {
                f.write_str("expect only ")?;
                list(f, atoms, |f, atom| atom.fmt(f))?;
                f.write_str(".")
            }
        }
    }
}

/// `relation(severity = "error", message = "…")`
fn invariant(f: &mut Formatter<'_>, target: &Target) -> fmt::Result {
    write!(f, "{}", target.relation)?;
    if target.parameters.is_empty() {
        return Ok(());
    }
    f.write_str("(")?;
    list(f, &target.parameters, |f, Parameter { key, value }| write!(f, "{key} = {value}"))?;
    f.write_str(")")
}

/// `head :- body.`, on one line if it fits.
fn clause(f: &mut Formatter<'_>, head: &str, body: Option<&Body>) -> fmt::Result {
    let Some(body) = body else { return write!(f, "{head}.") };
    let line = format!("{head} :- {body}.");
    if line.chars().count() <= WIDTH {
        return f.write_str(&line);
    }
    write!(f, "{head} :-")?;
    match body {
        Body::And(bodies, _) => {
            for (index, body) in bodies.iter().enumerate() {
                write!(f, "{}\n    ", if index == 0 { "" } else { "," })?;
                condition(f, body, true)?;
            }
        }
        Body::Or(bodies, _) => {
            for (index, body) in bodies.iter().enumerate() {
                write!(f, "{}\n    ", if index == 0 { "" } else { " ;" })?;
                alternative(f, body)?;
            }
        }
        body => write!(f, "\n    {body}")?,
    }
    f.write_str(".")
}

impl Display for Body {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Body::And(bodies, _) => list(f, bodies, |f, body| condition(f, body, true)),
            Body::Or(bodies, _) => {
                for (index, body) in bodies.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { " ; " })?;
                    alternative(f, body)?;
                }
                Ok(())
            }
            Body::Not(body, _) => {
                f.write_str("!")?;
                // `!x = y` reads as if `x` were negated.
                condition(f, body, !matches!(**body, Body::Compare(_)))
            }
            Body::Atom(atom) => atom.fmt(f),
            Body::Compare(compare) => {
                let Compare { operator, left, right, .. } = &**compare;
                write!(f, "{left} {} {right}", operator.symbol())
            }
            Body::Bool(value, _) => value.fmt(f),
        }
    }
}

/// A condition within a conjunction or a negation: in parentheses if it consists of several.
fn condition(f: &mut Formatter<'_>, body: &Body, bare: bool) -> fmt::Result {
    match body {
        Body::And(..) | Body::Or(..) => write!(f, "({body})"),
        body if bare => body.fmt(f),
        body => write!(f, "({body})"),
    }
}

/// A condition within a disjunction.
fn alternative(f: &mut Formatter<'_>, body: &Body) -> fmt::Result {
    match body {
        Body::Or(..) => write!(f, "({body})"),
        body => body.fmt(f),
    }
}

impl Display for Atom {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        call(f, &self.name, &self.args)
    }
}

fn call(f: &mut Formatter<'_>, name: &Name, args: &[Expr]) -> fmt::Result {
    write!(f, "{name}(")?;
    list(f, args, |f, arg| arg.fmt(f))?;
    f.write_str(")")
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        expr(f, self, 0)
    }
}

/// An expression whose operator must bind at least as strongly as `least`.
fn expr(f: &mut Formatter<'_>, value: &Expr, least: u8) -> fmt::Result {
    match &value.kind {
        ExprKind::Variable(text) | ExprKind::Integer(text) | ExprKind::Unsigned(text) | ExprKind::Float(text) => {
            f.write_str(text)
        }
        ExprKind::Wildcard => f.write_str("_"),
        ExprKind::Counter => f.write_str("$"),
        ExprKind::Text(text) => quoted(f, text),
        ExprKind::Call(name, args) => call(f, name, args),
        ExprKind::As(inner, ty) => write!(f, "as({inner}, {ty})"),
        ExprKind::Nil => f.write_str("nil"),
        ExprKind::Record(args) => {
            f.write_str("[")?;
            list(f, args, |f, arg| arg.fmt(f))?;
            f.write_str("]")
        }
        ExprKind::Branch(name, args) if args.is_empty() => write!(f, "${name}"),
        ExprKind::Branch(name, args) => {
            f.write_str("$")?;
            call(f, name, args)
        }
        ExprKind::Unary(operator, operand) => {
            let open = least > UNARY_PRECEDENCE;
            f.write_str(if open { "(" } else { "" })?;
            f.write_str(operator.symbol())?;
            if *operator != UnaryOperator::Negate {
                f.write_str(" ")?;
            }
            expr(f, operand, UNARY_PRECEDENCE)?;
            f.write_str(if open { ")" } else { "" })
        }
        ExprKind::Binary(operator, left, right) => {
            let own = operator.precedence();
            let (to_left, to_right) = match operator {
                BinaryOperator::Pow => (own + 1, UNARY_PRECEDENCE),
                _ => (own, own + 1),
            };
            f.write_str(if own < least { "(" } else { "" })?;
            expr(f, left, to_left)?;
            write!(f, " {} ", operator.symbol())?;
            expr(f, right, to_right)?;
            f.write_str(if own < least { ")" } else { "" })
        }
        ExprKind::Aggregate(aggregate) => aggregate.fmt(f),
        ExprKind::Error => f.write_str("_"),
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.operator.symbol())?;
        if let Some(target) = &self.target {
            write!(f, " {target}")?;
        }
        match &self.body {
            Body::Atom(atom) => write!(f, " : {atom}"),
            body => write!(f, " : {{ {body} }}"),
        }
    }
}

/// The head of a component.
impl Display for Component {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, ".comp {}", self.ty)?;
        for (index, base) in self.bases.iter().enumerate() {
            write!(f, "{} {base}", if index == 0 { " :" } else { "," })?;
        }
        Ok(())
    }
}

impl Display for ComponentType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if self.parameters.is_empty() {
            return Ok(());
        }
        f.write_str("<")?;
        list(f, &self.parameters, |f, name| name.fmt(f))?;
        f.write_str(">")
    }
}

impl Display for Relations {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(".decl ")?;
        list(f, &self.names, |f, name| name.fmt(f))?;
        match &self.delta {
            Some((word, of)) => write!(f, " = {word}({of})")?,
            None => {
                f.write_str("(")?;
                attributes(f, &self.attributes)?;
                f.write_str(")")?;
            }
        }
        self.qualifiers.iter().try_for_each(|qualifier| write!(f, " {qualifier}"))?;
        if self.choices.is_empty() {
            return Ok(());
        }
        f.write_str(" choice-domain ")?;
        list(f, &self.choices, |f, key| match key.as_slice() {
            [column] => column.fmt(f),
            columns => {
                f.write_str("(")?;
                list(f, columns, |f, column| column.fmt(f))?;
                f.write_str(")")
            }
        })
    }
}

fn attributes(f: &mut Formatter<'_>, attributes: &[Attribute]) -> fmt::Result {
    list(f, attributes, |f, attribute| write!(f, "{}: {}", attribute.name, attribute.ty))
}

impl Display for TypeDeclaration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.definition {
            TypeDefinition::Subtype(base) => write!(f, ".type {} <: {base}", self.name),
            TypeDefinition::Union(members) => {
                write!(f, ".type {} = ", self.name)?;
                for (index, member) in members.iter().enumerate() {
                    write!(f, "{}{member}", if index == 0 { "" } else { " | " })?;
                }
                Ok(())
            }
            TypeDefinition::Record(fields) => {
                write!(f, ".type {} = [", self.name)?;
                attributes(f, fields)?;
                f.write_str("]")
            }
            TypeDefinition::Branches(branches) => {
                write!(f, ".type {} = ", self.name)?;
                for (index, branch) in branches.iter().enumerate() {
                    write!(f, "{}{} {{", if index == 0 { "" } else { " | " }, branch.name)?;
                    attributes(f, &branch.attributes)?;
                    f.write_str("}")?;
                }
                Ok(())
            }
        }
    }
}

impl Display for FunctorDeclaration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, ".functor {}(", self.name)?;
        list(f, &self.parameters, |f, FunctorParameter { name, ty }| match name {
            Some(name) => write!(f, "{name}: {ty}"),
            None => ty.fmt(f),
        })?;
        write!(f, "): {}{}", self.result, if self.stateful { " stateful" } else { "" })
    }
}

impl Display for Directive {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DirectiveKind::Input => ".input ",
            DirectiveKind::Output => ".output ",
            DirectiveKind::PrintSize => ".printsize ",
        })?;
        targets(f, &self.targets)
    }
}

fn targets(f: &mut Formatter<'_>, targets: &[Target]) -> fmt::Result {
    list(f, targets, |f, target| {
        target.relation.fmt(f)?;
        if target.parameters.is_empty() {
            return Ok(());
        }
        f.write_str("(")?;
        list(f, &target.parameters, |f, parameter| write!(f, "{}={}", parameter.key, parameter.value))?;
        f.write_str(")")
    })
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        quoted(f, &self.value)
    }
}

fn quoted(f: &mut Formatter<'_>, text: &std::sync::Arc<str>) -> fmt::Result {
    Const::Symbol(text.clone()).fmt(f)
}

fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    mut each: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        each(f, item)?;
    }
    Ok(())
}
