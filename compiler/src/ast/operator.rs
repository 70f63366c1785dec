//! Operators: how they are written, and how strongly they bind.

/// The comparisons that are written between their operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOperator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// What an aggregate computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateOperator {
    /// `count`
    Count,
    /// `sum`
    Sum,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `mean`
    Mean,
    /// `gap`: the greatest difference between neighbours
    Gap,
}

/// Operators before their operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `bnot`
    BitNot,
    /// `lnot`
    Not,
}

/// Operators between their operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table in `BinaryOperator::symbol` says all there is to say")]
pub enum BinaryOperator {
    Or,
    Xor,
    And,
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    ShiftRightLogical,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pow,
}

impl CompareOperator {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOperator::Equal => "=",
            CompareOperator::NotEqual => "!=",
            CompareOperator::Less => "<",
            CompareOperator::LessEqual => "<=",
            CompareOperator::Greater => ">",
            CompareOperator::GreaterEqual => ">=",
        }
    }
}

impl AggregateOperator {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            AggregateOperator::Count => "count",
            AggregateOperator::Sum => "sum",
            AggregateOperator::Min => "min",
            AggregateOperator::Max => "max",
            AggregateOperator::Mean => "mean",
            AggregateOperator::Gap => "gap",
        }
    }
}

impl UnaryOperator {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            UnaryOperator::Negate => "-",
            UnaryOperator::BitNot => "bnot",
            UnaryOperator::Not => "lnot",
        }
    }
}

impl BinaryOperator {
    /// As written.
    pub fn symbol(self) -> &'static str {
        self.table().0
    }

    /// How strongly it binds; unary operators stand between `*` and `^`.
    pub fn precedence(self) -> u8 {
        self.table().1
    }

    fn table(self) -> (&'static str, u8) {
        match self {
            BinaryOperator::Or => ("lor", 1),
            BinaryOperator::Xor => ("lxor", 2),
            BinaryOperator::And => ("land", 3),
            BinaryOperator::BitOr => ("bor", 4),
            BinaryOperator::BitXor => ("bxor", 5),
            BinaryOperator::BitAnd => ("band", 6),
            BinaryOperator::ShiftLeft => ("bshl", 7),
            BinaryOperator::ShiftRight => ("bshr", 7),
            BinaryOperator::ShiftRightLogical => ("bshru", 7),
            BinaryOperator::Add => ("+", 8),
            BinaryOperator::Sub => ("-", 8),
            BinaryOperator::Mul => ("*", 9),
            BinaryOperator::Div => ("/", 9),
            BinaryOperator::Rem => ("%", 9),
            BinaryOperator::Pow => ("^", 11),
        }
    }
}

/// Unary operators bind weaker than `^`, so `-2 ^ 2` is `-(2 ^ 2)`, as in Soufflé.
pub const UNARY_PRECEDENCE: u8 = 10;
