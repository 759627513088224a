//! What all words of the field have in common: a small number in memory, and a name to print, write and read.

/// Gives an enum with `ALL` and `name` its codes, its `Display`, and its form in files, which is the name.
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

        impl serde::Serialize for $word {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $word {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::ALL.into_iter().find(|known| known.name() == word).ok_or_else(|| {
                    let names = Self::ALL.map(Self::name).join(", ");
                    serde::de::Error::custom(format_args!("{word:?} is none of {names}"))
                })
            }
        }
    };
}

pub(super) use coded;

#[cfg(test)]
mod tests {
    use super::super::{Color, Grade, Mode, Status};
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;
    use serde::{Deserialize, Serialize};

    /// What is written of a word.
    struct Written<T>(T);

    impl<T: Serialize> std::fmt::Display for Written<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.serialize(f)
        }
    }

    fn read<'de, T: Deserialize<'de>>(name: &'de str) -> Result<T, Error> {
        T::deserialize(name.into_deserializer())
    }

    #[test]
    fn words_are_written_as_their_names_and_read_back() {
        for status in Status::ALL {
            assert_eq!(Written(status).to_string(), status.name());
            assert_eq!(read(status.name()), Ok(status));
        }
        for grade in Grade::ALL {
            assert_eq!(Written(grade).to_string(), grade.name());
            assert_eq!(read(grade.name()), Ok(grade));
        }
        for color in Color::ALL {
            assert_eq!(Written(color).to_string(), color.name());
            assert_eq!(read(color.name()), Ok(color));
        }
        for mode in Mode::ALL {
            assert_eq!(Written(mode).to_string(), mode.name());
            assert_eq!(read(mode.name()), Ok(mode));
        }
    }

    #[test]
    fn only_names_are_read() {
        let error = read::<Color>("红码").unwrap_err();
        assert_eq!(error.to_string(), "\"红码\" is none of green, yellow, red, none");
        assert!(read::<Status>("Live").is_err());
    }
}
