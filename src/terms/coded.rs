//! What all words of the field have in common: a small number in memory, and a name to print.

/// Gives an enum with `ALL` and `name` its codes and its `Display`.
macro_rules! coded {
    ($word:ident) => {
        impl $word {
            /// The number in memory: the place in `ALL`, from 0.
            pub fn code(self) -> u8 {
                self as u8
            }

            /// The word of a code; `None` above the last.
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }

        impl std::fmt::Display for $word {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(super) use coded;
