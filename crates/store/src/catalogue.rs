//! The tables of a store, as the engine's own catalogue describes them: what must hold for every table is derived from
//! it, so that no migration can be forgotten.

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// The table's name.
    pub(crate) name: String,
    /// Its columns by name, because engines have them in different orders.
    pub(crate) columns: Vec<String>,
    /// The columns of its primary key, in their order.
    pub(crate) key: Vec<String>,
    /// The tables that its foreign keys refer to.
    pub(crate) refers_to: Vec<String>,
}
