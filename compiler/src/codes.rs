//! The codes of diagnostics, each with a page: what it means, why, a program that fails, its repair.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// All codes, each with its page in Markdown.
        pub const CODES: &[(&str, &str)] = &[$(($code, include_str!(concat!("../codes/", $code, ".md")))),*];
    };
}

codes! {
    /// A constraint's operands, an argument, or a value in a place that demands another type.
    TYPE_MISMATCH = "type-mismatch";
    /// `#error`.
    AUTHOR_ERROR = "author-error";
    /// `#warning`.
    AUTHOR_WARNING = "author-warning";
    /// A condition of the preprocessor that is malformed, or not closed.
    BAD_CONDITION = "bad-condition";
    /// A macro that is malformed, or used with the wrong arguments.
    BAD_MACRO = "bad-macro";
    /// A character that no word starts with.
    BAD_CHARACTER = "bad-character";
    /// `\q` in a string.
    BAD_ESCAPE = "bad-escape";
    /// An `.invariant` that is stated twice, or with parameters that mean nothing.
    BAD_INVARIANT = "bad-invariant";
    /// A number literal that is malformed or too large.
    BAD_NUMBER = "bad-number";
    /// A regular expression that does not compile.
    BAD_PATTERN = "bad-pattern";
    /// A record whose type nothing tells.
    AMBIGUOUS_RECORD = "ambiguous-record";
    /// A `.stream` that says no time, or times that do not fit each other.
    BAD_STREAM = "bad-stream";
    /// A `.suppose` that says nothing that could be supposed.
    BAD_SUPPOSE = "bad-suppose";
    /// `.override` of a relation that is not inherited, or not overridable.
    BAD_OVERRIDE = "bad-override";
    /// A component that is its own base, or a part of itself.
    CYCLIC_COMPONENT = "cyclic-component";
    /// An inline relation where its rules cannot be put.
    CANNOT_INLINE = "cannot-inline";
    /// A type that is defined by itself.
    CYCLIC_TYPE = "cyclic-type";
    /// An equivalence relation that does not relate values of one type.
    EQUIVALENCE_COLUMNS = "equivalence-columns";
    /// A name that is declared twice.
    DUPLICATE_NAME = "duplicate-name";
    /// Instances or macros that stand for too much text.
    EXPANSION_LIMIT = "expansion-limit";
    /// An included file that cannot be read.
    INCLUDE_FAILED = "include-failed";
    /// Bytes that are not text.
    INVALID_UTF8 = "invalid-utf8";
    /// A literal that is not in the text form of its column.
    MALFORMED_VALUE = "malformed-value";
    /// A relation that is filled, and that nothing reads or writes.
    UNUSED_RELATION = "unused-relation";
    /// Aggregates that each take a variable which the other's body would bind.
    MUTUAL_AGGREGATES = "mutual-aggregates";
    /// A relation that is read and never filled.
    MISSING_FACTS = "missing-facts";
    /// `autoinc()` where nothing can be counted.
    MISPLACED_COUNTER = "misplaced-counter";
    /// `_` where a value is needed.
    MISPLACED_WILDCARD = "misplaced-wildcard";
    /// A relation that depends on its own negation, or on an aggregate over itself.
    NEGATION_THROUGH_RECURSION = "negation-through-recursion";
    /// A scenario that edits what rules derive.
    NOT_EDITABLE = "not-editable";
    /// A feature that `strata run` has and the live engine has not.
    NOT_LIVE = "not-live";
    /// A rule whose conditions contradict each other.
    NEVER_FIRES = "never-fires";
    /// Part of the language that is not there yet.
    NOT_SUPPORTED = "not-supported";
    /// A `.plan` that does not fit its rule.
    PLAN_ORDER = "plan-order";
    /// `.plan`, which is not needed.
    PLAN_IGNORED = "plan-ignored";
    /// Qualifiers that contradict each other.
    QUALIFIER_CONFLICT = "qualifier-conflict";
    /// A `.limitsize` that says no size, or two.
    SIZE_LIMIT = "size-limit";
    /// A variable that occurs once.
    SINGLETON_VARIABLE = "singleton-variable";
    /// A subsumption that is not an order per key.
    SUBSUMPTION_SHAPE = "subsumption-shape";
    /// A subsumption that leaves ties undecided.
    SUBSUMPTION_TIES = "subsumption-ties";
    /// Words in an order that means nothing.
    SYNTAX_ERROR = "syntax-error";
    /// Nested too deeply.
    TOO_DEEP = "too-deep";
    /// A body that stands for too many rules.
    TOO_MANY_ALTERNATIVES = "too-many-alternatives";
    /// A rule over a stream that would have to keep all events.
    UNBOUNDED_STREAM = "unbounded-stream";
    /// A fold of events that depends on state.
    FOLDED_STATE = "folded-state";
    /// A variable that nothing binds.
    UNBOUND_VARIABLE = "unbound-variable";
    /// A branch of no algebraic data type.
    UNKNOWN_BRANCH = "unknown-branch";
    /// A column that the relation does not have, in a choice domain or in the message of an invariant.
    UNKNOWN_COLUMN = "unknown-column";
    /// A component that is not declared.
    UNKNOWN_COMPONENT = "unknown-component";
    /// A directive that does not exist.
    UNKNOWN_DIRECTIVE = "unknown-directive";
    /// A functor that does not exist.
    UNKNOWN_FUNCTOR = "unknown-functor";
    /// A parameter of an I/O directive that does not exist.
    UNKNOWN_PARAMETER = "unknown-parameter";
    /// A pragma that does not exist.
    UNKNOWN_PRAGMA = "unknown-pragma";
    /// A qualifier that does not exist.
    UNKNOWN_QUALIFIER = "unknown-qualifier";
    /// A relation that is not declared.
    UNKNOWN_RELATION = "unknown-relation";
    /// A type that is not declared.
    UNKNOWN_TYPE = "unknown-type";
    /// `/*` without `*/`.
    UNTERMINATED_COMMENT = "unterminated-comment";
    /// `"` without `"`.
    UNTERMINATED_STRING = "unterminated-string";
    /// A relation or functor with too many or too few arguments.
    WRONG_ARITY = "wrong-arity";
}

/// The page of a code, in Markdown.
pub fn explain(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}
