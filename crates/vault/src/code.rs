//! Numbers of the format that stand for words.

/// Makes an enum of such numbers. A number that the table does not hold is kept as `Other`.
macro_rules! code {
    (
        $(#[$meta:meta])*
        pub enum $code:ident { $( $(#[$word_meta:meta])* $word:ident = $number:literal, $label:literal; )* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $code {
            $( $(#[$word_meta])* $word, )*
            /// A number that this version does not know.
            Other(i64),
        }

        impl From<i64> for $code {
            fn from(number: i64) -> Self {
                match number {
                    $( $number => Self::$word, )*
                    other => Self::Other(other),
                }
            }
        }

        impl From<$code> for i64 {
            fn from(code: $code) -> i64 {
                match code {
                    $( $code::$word => $number, )*
                    $code::Other(number) => number,
                }
            }
        }

        impl $code {
            /// The word for people, if the number is known.
            pub fn word(self) -> Option<&'static str> {
                match self {
                    $( Self::$word => Some($label), )*
                    Self::Other(_) => None,
                }
            }
        }

        /// The word for people; an unknown number as such.
        impl std::fmt::Display for $code {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.word() {
                    Some(word) => f.write_str(word),
                    None => write!(f, "{}", i64::from(*self)),
                }
            }
        }

        impl $crate::codec::Codec for $code {
            fn read(
                json: &serde_json::value::RawValue,
                path: &$crate::defect::Path<'_>,
            ) -> Result<Self, $crate::defect::Defect> {
                <i64 as $crate::codec::Codec>::read(json, path).map(Self::from)
            }

            fn salvage(
                json: &serde_json::value::RawValue,
                path: &$crate::defect::Path<'_>,
                defect: $crate::defect::Defect,
            ) -> (Option<Self>, Vec<$crate::defect::Defect>) {
                let (number, defects) = <i64 as $crate::codec::Codec>::salvage(json, path, defect);
                (number.map(Self::from), defects)
            }

            fn write(&self, out: &mut $crate::write::Writer) {
                $crate::codec::Codec::write(&i64::from(*self), out);
            }
        }
    };
}
pub(crate) use code;
