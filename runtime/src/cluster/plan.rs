//! Plans, commands and answers on their way to the workers of other processes.
//!
//! Of a plan goes what dataflow is rendered from: relations and strata. Facts, directives and the make-up of structured
//! values stay with process 0, which reads and shows them.

use super::packed::{Packed, fields, variants};
use crate::live::render::{LayerSpec, Node};
use crate::live::worker::{Answer, Command};
use compiler::functor::{Comparison, Functor};
use compiler::plan::{
    Aggregate, AggregateOp, Body, Column, Definition, Direction, Emit, Pipeline, Plan, Reduction, Relation, RelationId,
    Scalar, Stage, StageKind, Stratum, Stream, Test,
};
use compiler::span::Span;
use compiler::value::{Const, Form, Primitive, Type};
use dataflow::ForkTime;

impl Packed for Plan {
    fn put(&self, out: &mut Vec<u8>) {
        self.relations.put(out);
        self.strata.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Plan { relations: Packed::take(from)?, strata: Packed::take(from)?, ..Plan::default() })
    }
}

impl Packed for Type {
    fn put(&self, out: &mut Vec<u8>) {
        self.name.put(out);
        self.primitive.put(out);
        self.form.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let (name, primitive, form) = (Packed::take(from)?, Packed::take(from)?, Packed::take(from)?);
        Some(Type { name, primitive, form, structures: None })
    }
}

impl Packed for RelationId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        u32::take(from).map(RelationId)
    }
}

fields!(Relation { name, columns, base, closes, limit, stream, fingerprint });
fields!(Stream { time, horizon, lateness, idle, keep, span });
fields!(Column { name, ty });
fields!(Stratum { definitions, recursive });
fields!(Definition { relation, body });
fields!(Aggregate { input, group, op, target });
fields!(Pipeline { source, emit, stages, span, rule });
fields!(Stage { kind, right_key, emit });
fields!(Emit { tests, output });
fields!(Test { comparison, left, right });
fields!(Span { source, start, end });
fields!(ForkTime { epoch, fork });
fields!(LayerSpec { id, plan, nodes, build, has_past });
fields!(Answer { rows, count, reads, produced, worked, exceeded, halted, watched });

variants!(Primitive { 0 Number, 1 Unsigned, 2 Float, 3 Symbol, 4 Record, });
variants!(Form { 0 Plain, 1 Ip, 2 Prefix, 3 Mac, 4 Time, 5 Duration, });
variants!(Direction { 0 Least, 1 Greatest, });
variants!(AggregateOp { 0 Count, 1 Sum(p), 2 Min(p), 3 Max(p), 4 Mean(p), 5 Gap(p), });
variants!(Body { 0 Union(pipelines, reduction), 1 Aggregate(fold), });
variants!(Reduction {
    0 None,
    1 Distinct,
    2 Best { key, order },
    3 Choice { keys },
    4 Undominated { pairs },
    5 Numbered { counters, after },
});
variants!(StageKind { 0 Join(relation), 1 Negation(relation), 2 Range(primitive), });
variants!(Scalar { 0 Slot(slot), 1 Const(constant), 2 Call(functor, arguments), });
variants!(Const {
    0 Number(n),
    1 Unsigned(n),
    2 Float(x),
    3 Symbol(text),
    4 Nil,
    5 Record(values),
    6 Tag(name, n),
});
variants!(Comparison {
    0 Equal,
    1 NotEqual,
    2 Less(p),
    3 LessEqual(p),
    4 Greater(p),
    5 GreaterEqual(p),
    6 Match,
    7 NotMatch,
    8 Contains,
    9 NotContains,
    10 InPrefix,
    11 NotInPrefix,
});
variants!(Functor {
    0 Add(p),
    1 Sub(p),
    2 Mul(p),
    3 Div(p),
    4 Rem(p),
    5 Pow(p),
    6 Neg(p),
    7 BitAnd(p),
    8 BitOr(p),
    9 BitXor(p),
    10 BitNot(p),
    11 ShiftLeft(p),
    12 ShiftRight(p),
    13 ShiftRightLogical(p),
    14 And(p),
    15 Or(p),
    16 Xor(p),
    17 Not(p),
    18 Max(p),
    19 Min(p),
    20 Cat,
    21 StrLen,
    22 SubStr,
    23 Ord,
    24 ToText(p),
    25 ToNumber(p),
    26 ToUnsigned(p),
    27 ToFloat(p),
    28 PrefixOf,
    29 PrefixLength,
    30 PrefixAddress,
    31 IpVersion,
    32 Pack,
    33 Field(place),
    34 Reinterpret(of, to),
});
variants!(Node { 0 Base(number), 1 Derived(fingerprint), });
variants!(Command {
    0 Inputs(spec, bases),
    1 Build(spec),
    2 Drop(layers),
    3 Change(base, updates),
    4 Close { epoch, gone, allowance },
    5 Read { node, at, pattern, count_only },
    6 Watch { node, number, has_past, from_now },
    7 Unwatch(number),
    8 Halt,
    9 Give(spec),
    10 Fill(layer, relation, updates),
    11 Diff { node, from, to },
    12 Measure,
    13 Column { node, at, column, most },
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::packed::{pack, unpack};
    use compiler::planner::{Statistics, plan};

    #[test]
    fn a_plan_means_the_same_on_the_other_side() {
        let text = r#"
            .type Pair = [first: number, second: symbol]
            .decl link(a: symbol, b: symbol, metric: number)
            .decl dist(a: symbol, b: symbol, d: number)
            dist(a, b, d) :- link(a, b, d).
            dist(a, c, d + e) :- dist(a, b, d), link(b, c, e), d < 100, e != -1.
            dist(a, b, d) <= dist(a, b, e) :- e <= d.
            .decl far(a: symbol, n: number, p: Pair, f: float)
            far(cat("x", a), n, [n, a], 1.5) :- link(a, _, _), n = count : { dist(a, _, _) }, !link(a, a, 0),
                x = range(0, n), match("s.*", a), x > 1.
        "#;
        let program = compiler::compile(&[("a.dl", text)], &compiler::NoFiles).program.expect("nothing is wrong");
        let plan = plan(&program, &Statistics::new());
        let back: Plan = unpack(&pack(&plan)).expect("it was packed");
        let strata = |plan: &Plan| format!("{:?}", plan.strata);
        assert_eq!(strata(&back), strata(&plan));
        let relations = |plan: &Plan| {
            let primitives = |r: &Relation| r.primitives().collect::<Vec<_>>();
            plan.relations.iter().map(|r| (r.name.clone(), primitives(r), r.base, r.fingerprint)).collect::<Vec<_>>()
        };
        assert_eq!(relations(&back), relations(&plan));
    }
}
