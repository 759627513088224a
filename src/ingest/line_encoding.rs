//! How a line of a text of unknown encoding reads: as UTF-8, as GB18030, as both, or as neither.

use encoding_rs::{Encoding, GB18030, UTF_8};
use rayon::prelude::*;

/// Sequences of a line that are looked at to tell whether most of it is UTF-8.
const LOOKED_AT: usize = 16;

/// Two-byte characters of a line read as GB18030.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Zones {
    /// Characters in the zone of GB 2312, where those of everyday text are.
    pub usual: u64,
    /// Characters outside it.
    pub rare: u64,
    /// First byte of the first rare one.
    pub first_rare: Option<usize>,
}

impl Zones {
    /// The zones of a line; `None` if it is not GB18030.
    fn of(line: &[u8]) -> Option<Self> {
        let mut zones = Self::default();
        let mut at = 0;
        while let Some(&lead) = line.get(at) {
            at += match (lead, &line[at + 1..]) {
                // 0x80 is the euro sign.
                (0..=0x80, _) => 1,
                (0x81..=0xFE, [0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, ..]) => 4,
                (0xA1..=0xF7, [0xA1..=0xFE, ..]) => {
                    zones.usual += 1;
                    2
                }
                (0x81..=0xFE, [0x40..=0x7E | 0x80..=0xFE, ..]) => {
                    zones.rare += 1;
                    zones.first_rare.get_or_insert(at);
                    2
                }
                _ => return None,
            };
        }
        Some(zones)
    }

    /// Whether the line is likely to be GB18030: at least three quarters of its characters are usual ones.
    fn are_plausible(&self) -> bool {
        self.usual * 4 >= (self.usual + self.rare) * 3
    }
}

/// How a line reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineKind {
    /// ASCII, the same in every encoding.
    Ascii,
    /// UTF-8; if it is GB18030 as well, then only by chance.
    Utf8,
    /// UTF-8 for the most part.
    DamagedUtf8,
    /// GB18030, and no UTF-8.
    Gb18030,
    /// GB18030 of mostly rare characters, and no UTF-8.
    RareGb18030,
    /// UTF-8 beyond ASCII of two-byte sequences, and GB18030.
    Either,
    /// Neither.
    Neither,
}

impl LineKind {
    /// The kind of a line, and its zones where it can be GB18030.
    pub fn of(line: &[u8]) -> (Self, Zones) {
        if line.is_ascii() {
            return (Self::Ascii, Zones::default());
        }
        match (std::str::from_utf8(line).is_ok(), Zones::of(line)) {
            (true, Some(zones)) if !is_of_three_bytes(line) => (Self::Either, zones),
            (true, _) => (Self::Utf8, Zones::default()),
            (false, Some(zones)) if zones.are_plausible() => (Self::Gb18030, zones),
            (false, _) if is_mostly_utf8(line) => (Self::DamagedUtf8, Zones::default()),
            (false, Some(zones)) => (Self::RareGb18030, zones),
            (false, None) => (Self::Neither, Zones::default()),
        }
    }

    /// The encoding in which a line of a file of encoding `main` (UTF-8 or GB18030) is read; `None` where it does not matter.
    pub fn encoding(self, main: &'static Encoding) -> Option<&'static Encoding> {
        match self {
            Self::Ascii => None,
            Self::Utf8 | Self::DamagedUtf8 => Some(UTF_8),
            Self::Gb18030 => Some(GB18030),
            Self::RareGb18030 | Self::Either | Self::Neither => Some(main),
        }
    }
}

/// Whether all characters of a valid UTF-8 text beyond ASCII are three-byte sequences, as those of Chinese text are.
fn is_of_three_bytes(text: &[u8]) -> bool {
    text.iter().all(|byte| !matches!(byte, 0xC0..=0xDF | 0xF0..=0xFF))
}

/// Whether more three-byte sequences of a line are well-formed UTF-8 than sequences are ill-formed, as far as it is looked
/// at.
fn is_mostly_utf8(line: &[u8]) -> bool {
    let (mut well, mut ill) = (0, 0);
    for chunk in line.utf8_chunks().take(LOOKED_AT) {
        well += chunk.valid().bytes().filter(|byte| matches!(byte, 0xE0..=0xEF)).count();
        ill += usize::from(!chunk.invalid().is_empty());
    }
    well > ill
}

/// The lines of a text beyond ASCII, counted by kind.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Census {
    /// All of them.
    pub lines: u64,
    /// UTF-8, damaged or not.
    pub utf8: u64,
    /// GB18030, of usual or rare characters.
    pub gb18030: u64,
    /// Neither.
    pub neither: u64,
    /// Usual two-byte characters of lines that can be GB18030.
    pub usual: u64,
    /// Rare ones.
    pub rare: u64,
}

impl Census {
    /// Counts the lines of a text.
    pub fn of(bytes: &[u8]) -> Self {
        bytes
            .par_split(|&byte| byte == b'\n')
            .fold(Self::default, |census, line| census.plus(Self::of_line(line)))
            .reduce(Self::default, Self::plus)
    }

    /// The census of one line.
    fn of_line(line: &[u8]) -> Self {
        let (kind, zones) = LineKind::of(line);
        let is = |kinds: &[LineKind]| u64::from(kinds.contains(&kind));
        Self {
            lines: u64::from(kind != LineKind::Ascii),
            utf8: is(&[LineKind::Utf8, LineKind::DamagedUtf8]),
            gb18030: is(&[LineKind::Gb18030, LineKind::RareGb18030]),
            neither: is(&[LineKind::Neither]),
            usual: zones.usual,
            rare: zones.rare,
        }
    }

    /// Both counts together.
    fn plus(self, other: Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            utf8: self.utf8 + other.utf8,
            gb18030: self.gb18030 + other.gb18030,
            neither: self.neither + other.neither,
            usual: self.usual + other.usual,
            rare: self.rare + other.rare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    fn kind(line: &[u8]) -> LineKind {
        LineKind::of(line).0
    }

    #[test]
    fn chinese_lines_read_in_one_encoding() {
        for text in ["甲", "福州甲有限公司", "91350100M000100Y43,企业1有限公司,存续"] {
            assert_eq!(kind(&gb(text)), LineKind::Gb18030, "{text}");
        }
        for text in ["福州甲有限公司", "91350100M000100Y43,企业1有限公司,存续", "中文"] {
            assert_eq!(kind(text.as_bytes()), LineKind::Utf8, "{text}");
        }
        assert_eq!(kind(b"id,name"), LineKind::Ascii);
    }

    #[test]
    fn other_lines_are_told_apart() {
        assert_eq!(kind(b"DE0,x,M\xFCnchen"), LineKind::RareGb18030);
        assert_eq!(kind("caf\u{e9}s".as_bytes()), LineKind::Either);
        assert_eq!(kind("企业名称,存续".as_bytes().strip_suffix(b"\xAD").unwrap()), LineKind::DamagedUtf8);
        assert_eq!(kind(b"x,\x80\xFF"), LineKind::Neither);
        assert_eq!(kind(b"x,\xB9"), LineKind::Neither);
    }

    #[test]
    fn zones_are_those_of_gb_2312() {
        let line = [gb("a存续"), vec![0x81, 0x40], gb("\u{1F600}€")].concat();
        assert_eq!(Zones::of(&line), Some(Zones { usual: 3, rare: 1, first_rare: Some(5) }));
        assert_eq!(Zones::of(b"\x80,\xB0\xA1\r"), Some(Zones { usual: 1, rare: 0, first_rare: None }));
    }

    #[test]
    fn a_census_counts_every_line_once() {
        let lines = [gb("甲"), "甲乙丙".into(), b"x".to_vec(), b"\xFF".to_vec(), b"M\xFCn".to_vec()];
        let text = [lines.join(&b'\n'), b"\n".to_vec()].concat();
        let census = Census::of(&text.repeat(1_000));
        assert_eq!((census.lines, census.utf8, census.neither, census.rare), (4_000, 1_000, 1_000, 1_000));
        assert_eq!((census.gb18030, census.usual), (2_000, 1_000));
    }
}
