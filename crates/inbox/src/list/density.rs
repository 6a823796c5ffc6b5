//! How much room the rows of the list take.

use crate::words::Word;

/// The room of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Density {
    /// Two lines: as many rows as possible.
    Compact,
    /// Three lines.
    #[default]
    Standard,
    /// Four lines, two of them for the last message.
    Roomy,
}

impl Density {
    /// Every density, the densest first.
    pub const ALL: [Density; 3] = [Density::Compact, Density::Standard, Density::Roomy];

    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Density::Compact => "compact",
            Density::Standard => "standard",
            Density::Roomy => "roomy",
        }
    }

    /// The density of this name; [`Density::Standard`] for one that a newer inbox has stored.
    pub fn parse(name: &str) -> Density {
        Density::ALL.into_iter().find(|it| it.as_str() == name).unwrap_or_default()
    }

    /// What agents call it.
    pub const fn name(self) -> Word {
        match self {
            Density::Compact => Word::ListCompact,
            Density::Standard => Word::ListStandard,
            Density::Roomy => Word::ListRoomy,
        }
    }

    /// The class of the list.
    pub const fn class(self) -> &'static str {
        match self {
            Density::Compact => "list list--compact",
            Density::Standard => "list",
            Density::Roomy => "list list--roomy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_density_is_stored_by_its_name() {
        for density in Density::ALL {
            assert_eq!(Density::parse(density.as_str()), density);
        }
        assert_eq!(Density::parse("of a newer inbox"), Density::Standard);
    }
}
