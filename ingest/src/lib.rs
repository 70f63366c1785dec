//! The outside world in, facts with their origin out.
//!
//! An [`Importer`] reads what some tool wrote (tables of a network poller, spans of a tracer) and states it in the
//! relations of the model, as text: [`Facts`]. What it cannot use goes to [`Rejected`], where it is counted and can be
//! listed; a bad row never ends an import, and none is dropped in silence. A [`Schema`] says what the columns of a
//! relation are; it comes from the rules, so that this room knows no relation by heart.
//!
//! ```text
//! other tools' files ── importer ──▶ Facts + Rejected ── snapshot writer ──▶ a directory, one file a relation
//!                                        │                                        │
//!                                        └───────── words and origins ◀──── snapshot reader
//!                                                          │
//!                                                    Engine::insert
//! ```

pub mod batch;
pub mod directive;
pub mod error;
pub mod facts;
pub mod file_name;
mod format;
pub mod load;
pub mod nezha;
mod order;
mod ordered;
pub mod parquet;
pub mod reconcile;
pub mod rejected;
pub mod schema;
pub mod snapshot;
pub mod source;
pub mod suzieq;
pub mod synth;

pub use batch::Sink;
pub use error::Error;
pub use facts::{Facts, Table};
pub use load::{feed, load, state};
pub use reconcile::reconcile;
pub use rejected::Rejected;
pub use schema::Schema;
pub use snapshot::Snapshot;
pub use source::{Importer, importers};
