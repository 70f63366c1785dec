//! Equivalence relations: what their rules state goes to an auxiliary relation, and they are its closure.
//!
//! The closure joins what is known with what was stated, and never with itself: a class of n elements that n facts hold
//! together costs n² steps instead of n³.

use super::builder::Builder;
use super::clause::{Body, Clause};
use crate::plan::RelationId;
use crate::program::{Atom, Expr, VariableId};

/// Moves the clauses of an equivalence relation to an auxiliary relation, and returns those of the closure.
pub(super) fn closure(builder: &mut Builder, id: RelationId, stated: Vec<Clause>) -> Vec<Clause> {
    let given = builder.first("given", id, stated);
    builder.relations[id.0 as usize].closes = Some(given);
    builder.span = builder.program.relation(id).span;
    let [x, y, z] = [0, 1, 2].map(|v| Expr::Variable(VariableId(v)));
    let known = (id, [&x, &y]);
    vec![
        rule(builder, id, [&x, &y], &[(given, [&x, &y])]),
        rule(builder, id, [&y, &x], &[(given, [&x, &y])]),
        rule(builder, id, [&x, &z], &[known, (given, [&y, &z])]),
        rule(builder, id, [&x, &z], &[known, (given, [&z, &y])]),
    ]
}

fn rule(builder: &mut Builder, head: RelationId, args: [&Expr; 2], body: &[(RelationId, [&Expr; 2])]) -> Clause {
    let span = builder.span;
    let atom = |(relation, args): &(RelationId, [&Expr; 2])| Atom {
        relation: *relation,
        args: args.map(Expr::clone).to_vec(),
        span,
    };
    let name = |relation: RelationId, args: &[&Expr; 2]| {
        let letters = args.map(|arg| match arg {
            Expr::Variable(VariableId(0)) => "x",
            Expr::Variable(VariableId(1)) => "y",
            _ => "z",
        });
        format!("{}({}, {})", builder.relation(relation).name, letters[0], letters[1])
    };
    let atoms: Vec<String> = body.iter().map(|(relation, args)| name(*relation, args)).collect();
    let text = format!("{} :- {}.", name(head, &args), atoms.join(", ")).into();
    let atoms = body.iter().map(atom).collect();
    let rule = builder.next_rule();
    Clause { head, args: args.map(Expr::clone).to_vec(), body: Body { atoms, ..Body::default() }, span, text, rule }
}
