//! Resolution: from syntax trees to a program, or to everything that is wrong with it.
//!
//! ```text
//! rounds      recursive_iteration_cnt() and debug_delta -> rules
//! declare     types (shape: those made of others), relations, directives
//! invariant   .invariant
//! stream      .stream
//! qualify     eqrel, choice-domain and the like
//! expand      a clause's body -> the conjunctions that it stands for
//! clause      a conjunction -> draft: names resolved, primitive types as slots (slots, functors)
//! witness     what an aggregate takes from outside, and what it shows there
//! record      records take their types from their places
//! infer       slots filled; what does not fit is reported
//! nominal     declared types of variables: Ip is not Mac
//! safety      every variable is bound
//! mutual      no two aggregates wait for each other
//! contradict  (contradiction) rules that can never fire
//! lower       draft -> program::Rule, aggregates lifted, literals in their column's text form
//! tuple       records and branches -> tuples, taken apart by equalities
//! subsume     subsumption clauses -> program::Subsumption, Domination
//! counter     the rows that `autoinc` numbers -> a relation of their own
//! inline      atoms of inline relations -> the bodies of their rules
//! suppose     .suppose: relations and rules once more, with something else in the place of some
//! stratum     strata, and what cannot be stratified
//! join_order  .plan
//! test        `.test` blocks, kept apart from the program
//! scenario    `.scenario` blocks, too
//! ```

mod aggregate;
mod clause;
mod contradiction;
mod counter;
mod declare;
mod draft;
mod expand;
mod functors;
mod ground;
mod infer;
mod inline;
mod invariant;
mod join_order;
mod literal;
mod lower;
mod mismatch;
mod mutual;
mod nominal;
mod qualify;
mod record;
mod rounds;
mod safety;
mod scenario;
mod scope;
mod shape;
mod singleton;
mod slots;
mod stratum;
mod stream;
mod subsume;
mod suppose;
mod test;
mod tuple;
mod types;
mod witness;
#[cfg(test)]
pub(crate) mod words;

use crate::ast::{Body, Clause, Item, ItemKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{Program, RelationId};
use crate::span::Span;
use draft::Draft;
use expand::{Conjunct, MAX_ALTERNATIVES, expand};
use fnv::{FnvHashMap, FnvHashSet};
use safety::Kind;
use std::sync::Arc;
pub(crate) use stratum::strata;
use types::{TypeId, TypeTable};

/// What the clauses of a program need to know of each other.
struct Resolver {
    types: TypeTable,
    program: Program,
    /// The types of each relation's columns; none where the type is unknown.
    columns: Vec<Vec<Option<TypeId>>>,
    names: FnvHashMap<Arc<str>, RelationId>,
    /// Names whose declaration could not be read.
    lost: FnvHashSet<Arc<str>>,
    /// How relations are stored, if their declaration says so.
    storage: FnvHashMap<RelationId, crate::ast::Name>,
    /// Relations that are declared `inline`.
    inline: FnvHashSet<RelationId>,
    /// Relations that `.pragma "inline-exclude"` keeps as relations.
    inline_excluded: FnvHashSet<Arc<str>>,
    /// How many auxiliary relations each relation has.
    auxiliaries: FnvHashMap<Arc<str>, usize>,
    /// How many conjuncts the present clause may still stand for, those of its aggregates included.
    budget: usize,
    variables: VariableTypes,
    /// Whether `.pragma "legacy"` lets columns take values of any type of their primitive.
    legacy: bool,
    diagnostics: Vec<Diagnostic>,
}

/// The types of variables, each with its first place in some conjunction.
pub(crate) type VariableTypes = Vec<(Span, Arc<str>)>;

/// What resolution comes to.
pub(crate) struct Resolved {
    /// The program, if no diagnostic is an error.
    pub(crate) program: Option<Program>,
    /// Everything that was found.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The types of all variables that have one.
    pub(crate) types: VariableTypes,
}

/// How many conjuncts a clause may stand for with all its aggregates, which multiply when they nest in alternatives.
const BUDGET: usize = 200_000;

/// Resolves items, in order, as one program. `lost` are names whose declaration could not be read: their absence is not
/// reported again. The program is there if no diagnostic is an error.
pub(crate) fn resolve(items: &[Item], lost: FnvHashSet<Arc<str>>) -> Resolved {
    let mut diagnostics = Vec::new();
    let items = &rounds::rounds(items, &mut diagnostics)[..];
    let mut resolver = Resolver {
        types: TypeTable::new(lost.clone()),
        program: Program::default(),
        columns: Vec::new(),
        names: FnvHashMap::default(),
        lost,
        storage: FnvHashMap::default(),
        inline: FnvHashSet::default(),
        inline_excluded: crate::pragma::inline_excluded(items),
        auxiliaries: FnvHashMap::default(),
        budget: BUDGET,
        variables: Vec::new(),
        legacy: crate::pragma::is_legacy(items),
        diagnostics,
    };
    resolver.declare(items);
    let mut subsumptions = Vec::new();
    for item in items {
        singleton::check(item, &mut resolver.diagnostics);
        resolver.budget = BUDGET;
        match &item.kind {
            ItemKind::Clause(clause) => resolver.clause(clause, item.at.0),
            ItemKind::Query(body) => resolver.query(body, item.at.0),
            ItemKind::Subsumption(subsumption) => subsumptions.push((&**subsumption, item.at.0)),
            _ => {}
        }
    }
    resolver.subsumptions(&subsumptions);
    resolver.check_streams();
    let inlined = resolver.inline();
    resolver.suppositions(items);
    resolver.stratify();
    resolver.join_orders(items);
    let tests = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Test(test) => Some((test, item.at.0)),
        _ => None,
    });
    resolver.tests(tests, &inlined);
    let scenarios = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Scenario(scenario) => Some((scenario, item.at.0)),
        _ => None,
    });
    resolver.scenarios(scenarios, &inlined);
    let failed = resolver.diagnostics.iter().any(Diagnostic::is_error);
    let Resolver { program, diagnostics, variables, .. } = resolver;
    Resolved { program: (!failed).then_some(program), diagnostics, types: variables }
}

impl Resolver {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Each head with each conjunction of the body is a rule.
    fn clause(&mut self, clause: &Clause, span: Span) {
        let alternatives = match &clause.body {
            None => vec![Vec::new()],
            Some(body) => match self.expand(body) {
                Some(alternatives) => alternatives,
                None => return,
            },
        };
        let kind = if clause.body.is_none() { Kind::Fact } else { Kind::Rule };
        for head in &clause.heads {
            for conjunction in &alternatives {
                let mut draft = self.draft(Some(head), conjunction, span);
                draft.alternative = (alternatives.len() > 1).then(|| extent(conjunction)).flatten();
                self.finish(draft, kind);
            }
        }
    }

    fn expand<'a>(&mut self, body: &'a Body) -> Option<Vec<Vec<Conjunct<'a>>>> {
        let cost = |alternatives: &Vec<Vec<_>>| match alternatives.as_slice() {
            [_] => 1,
            several => several.iter().map(|conjunction| 1 + conjunction.len()).sum(),
        };
        let alternatives = expand(body).filter(|alternatives| cost(alternatives) <= self.budget);
        self.budget -= alternatives.as_ref().map_or(0, cost);
        if alternatives.is_none() {
            self.report(
                Diagnostic::error(
                    codes::TOO_MANY_ALTERNATIVES,
                    format!("clause stands for too many rules: {MAX_ALTERNATIVES} are the most"),
                    body.span(),
                    "",
                )
                .help("make relations of the alternatives, and join those"),
            );
        }
        alternatives
    }

    /// Fills in a draft's types, checks it, and adds it to the program.
    fn finish(&mut self, mut draft: Draft, kind: Kind) {
        witness::expose(&mut draft);
        infer::infer(self, &mut draft);
        let nominal = nominal::nominal(self, &draft);
        self.remember_types(&mut draft, &nominal);
        if !draft.broken {
            let mut found = safety::check(&draft, kind);
            found.extend(mutual::check(&draft));
            let head = draft.head.as_ref().and_then(|head| head.relation);
            if kind == Kind::Rule && head.is_some_and(|head| self.inline.contains(&head)) {
                // Whoever uses the relation may bind what its rule leaves open.
                found.retain(|diagnostic| diagnostic.code != codes::UNBOUND_VARIABLE);
            }
            self.diagnostics.extend(found);
        }
        lower::lower(self, draft, &nominal, kind == Kind::Fact);
    }

    /// Remembers the types of a draft's variables, for those who read the text.
    fn remember_types(&mut self, draft: &mut Draft, nominal: &nominal::Nominal) {
        for (number, variable) in draft.variables.iter().enumerate() {
            let declared = nominal.of_variable(number);
            let primitive = || draft.slots.primitive(variable.slot).map(|primitive| self.types.primitive(primitive));
            if let Some(ty) = declared.or_else(primitive) {
                self.variables.push((variable.span, self.types.get(ty).name.clone()));
            }
        }
    }

    /// `?- body.` is a relation of its own, whose columns are the variables of the body.
    fn query(&mut self, body: &Body, span: Span) {
        let Some(alternatives) = self.expand(body) else { return };
        let mut columns = Vec::new();
        for conjunction in &alternatives {
            scope::conjunction_names(conjunction, &mut |name, at| {
                if !name.starts_with('_') && !columns.iter().any(|(known, _): &(Arc<str>, Span)| known == name) {
                    columns.push((name.clone(), at));
                }
            });
        }
        let mut number = self.program.queries.len() + 1;
        while self.names.contains_key(format!("?{number}").as_str()) {
            number += 1;
        }
        let name: Arc<str> = format!("?{number}").into();
        let relation = self.derived(name, &columns, &alternatives, span, Kind::Query);
        self.program.queries.push(relation);
    }

    /// A free name for an auxiliary relation of `owner`.
    fn auxiliary_name(&mut self, owner: &str) -> Arc<str> {
        let owner: Arc<str> = owner.trim_start_matches('@').into();
        let number = self.auxiliaries.entry(owner.clone()).or_default();
        *number += 1;
        format!("@{owner}.{number}").into()
    }

    /// Declares a relation whose column types follow from its rules, and adds these.
    fn derived(
        &mut self,
        name: Arc<str>,
        columns: &[(Arc<str>, Span)],
        alternatives: &[Vec<Conjunct<'_>>],
        span: Span,
        kind: Kind,
    ) -> RelationId {
        let mut drafts: Vec<Draft> =
            alternatives.iter().map(|conjunction| self.draft(None, conjunction, span)).collect();
        let types = self.column_types(&mut drafts, columns);
        let declared = columns.iter().zip(types).map(|((name, _), ty)| (name.clone(), Some(ty)));
        let relation = self.add_relation(name, declared.collect(), String::new(), span);
        let several = drafts.len() > 1;
        for (mut draft, conjunction) in drafts.into_iter().zip(alternatives) {
            draft.alternative = several.then(|| extent(conjunction)).flatten();
            self.head(&mut draft, relation, columns, span);
            self.finish(draft, kind);
        }
        relation
    }

    /// The types of variables that drafts share: as declared, else as some draft demands, else as literals suggest.
    fn column_types(&mut self, drafts: &mut [Draft], columns: &[(Arc<str>, Span)]) -> Vec<TypeId> {
        let nominals: Vec<_> = drafts.iter().map(|draft| nominal::nominal(self, draft)).collect();
        let mut types = Vec::with_capacity(columns.len());
        for (name, _) in columns {
            let declared = drafts
                .iter()
                .zip(&nominals)
                .find_map(|(draft, nominal)| draft.find(name).and_then(|variable| nominal.of_variable(variable)));
            let demanded = |draft: &mut Draft| {
                let slot = draft.find(name).map(|variable| draft.variables[variable].slot)?;
                draft.slots.structure(slot).or(draft.slots.primitive(slot).map(|p| self.types.primitive(p)))
            };
            types.push(declared.or_else(|| drafts.iter_mut().find_map(demanded)));
        }
        let number = self.types.primitive(crate::value::Primitive::Number);
        for ((name, _), ty) in columns.iter().zip(&mut types) {
            let Some(draft) = drafts.iter_mut().find(|draft| ty.is_none() && draft.find(name).is_some()) else {
                continue;
            };
            infer::infer(self, draft);
            let variable = draft.find(name).map(|variable| draft.variables[variable].slot);
            let primitive = variable.and_then(|slot| draft.slots.primitive(slot));
            *ty = primitive.map(|primitive| self.types.primitive(primitive));
        }
        types.into_iter().map(|ty| ty.unwrap_or(number)).collect()
    }
}

/// Whether a name, or a part of it, is one that could not be declared.
fn is_lost(lost: &FnvHashSet<Arc<str>>, name: &str) -> bool {
    name.split('.').any(|part| lost.contains(part))
}

/// From the first to the last conjunct.
fn extent(conjunction: &[Conjunct<'_>]) -> Option<Span> {
    let span = |conjunct: &Conjunct<'_>| match conjunct {
        Conjunct::Atom(atom, _) => Some(atom.at.0),
        Conjunct::Compare(compare, _) => Some(compare.at.0),
        Conjunct::False => None,
    };
    conjunction.iter().filter_map(span).reduce(Span::to)
}
