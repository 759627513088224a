//! The pieces of the bytes in which states travel: magic, version, little-endian integers, ascending lists.

use super::design::Design;
use super::passes::{PassError, PassKey};

/// Version of the layout, the fourth byte of every state.
const VERSION: u8 = 1;

/// A kind of state.
pub(super) struct Kind {
    /// The first three bytes.
    pub magic: &'static str,
    /// As messages call it.
    pub name: &'static str,
}

/// A state so far: magic and version.
pub(super) fn begin(kind: &Kind) -> Vec<u8> {
    let mut out = kind.magic.as_bytes().to_vec();
    out.push(VERSION);
    out
}

/// Appends a number.
pub(super) fn put(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// What stands for a design.
pub(super) fn code(design: Design) -> u8 {
    match design {
        Design::Pareto => 0,
        Design::SequentialPoisson => 1,
        Design::Srs => 2,
        Design::Poisson => 3,
    }
}

/// Reads a state from its front.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// Bytes of the whole state.
    length: usize,
}

impl<'a> Reader<'a> {
    /// Behind magic and version.
    pub fn open(bytes: &'a [u8], kind: &Kind) -> Result<Self, PassError> {
        let mut reader = Self { rest: bytes, length: bytes.len() };
        if reader.array::<3>("the magic")?.as_slice() != kind.magic.as_bytes() {
            return Err(PassError::WrongKind { wanted: kind.name, magic: kind.magic });
        }
        let [version] = reader.array::<1>("the version")?;
        if version != VERSION {
            return Err(PassError::WrongVersion { found: version, read: VERSION });
        }
        Ok(reader)
    }

    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], PassError> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(PassError::CutOff { field, length: self.length });
        };
        self.rest = rest;
        Ok(*head)
    }

    pub fn number(&mut self, field: &'static str) -> Result<u64, PassError> {
        Ok(u64::from_le_bytes(self.array::<8>(field)?))
    }

    pub fn sum(&mut self, field: &'static str) -> Result<u128, PassError> {
        Ok(u128::from_le_bytes(self.array::<16>(field)?))
    }

    pub fn design(&mut self) -> Result<Design, PassError> {
        let [found] = self.array::<1>("the design")?;
        let known = Design::ALL.into_iter().find(|&design| code(design) == found);
        let out_of_range = PassError::OutOfRange { field: "the design", value: found.into(), least: 0, most: 3 };
        known.ok_or(out_of_range)
    }

    pub fn entity<K: PassKey>(&mut self) -> Result<K, PassError> {
        K::read(&mut self.rest).ok_or(PassError::CutOff { field: "an entity", length: self.length })
    }

    /// `count` items, each above the one before. Memory grows with what is read, not with what `count` promises.
    pub fn ascending<T: Ord>(
        &mut self,
        list: &'static str,
        count: u64,
        item: impl Fn(&mut Self) -> Result<T, PassError>,
    ) -> Result<Vec<T>, PassError> {
        let mut items: Vec<T> = Vec::new();
        for place in 1..=count {
            let next = item(self)?;
            if items.last().is_some_and(|last| *last >= next) {
                return Err(PassError::OutOfOrder { list, place });
            }
            items.push(next);
        }
        Ok(items)
    }

    pub fn close(self) -> Result<(), PassError> {
        match self.rest.len() {
            0 => Ok(()),
            surplus => Err(PassError::Surplus { surplus }),
        }
    }
}
