//! The words that resolution knows, for the tests of those who explain them.

/// The names of all functors and tests.
pub(crate) fn functors() -> impl Iterator<Item = &'static str> {
    super::functors::FUNCTORS.iter().map(|functor| functor.name).chain(["match", "contains", "in_prefix"])
}

/// All qualifiers of relations.
pub(crate) fn qualifiers() -> impl Iterator<Item = &'static str> {
    super::qualify::STORAGE.into_iter().chain(super::qualify::HINTS).chain(super::qualify::IO.map(|(word, _)| word))
}
