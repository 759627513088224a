//! A row of the results as it is held: 27 columns in a few words, with the vocabularies beside.

use std::num::NonZeroU16;

use crate::coded::NO_WORD;
use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH};
use crate::terms::{Color, Column, Disposals, Grade, Outcomes, TaskSource};

/// A day from 1970-01-02 to 2149-06-06, in days since 1970-01-01; `None` where there is none.
pub type ShortDay = Option<NonZeroU16>;

/// A day of this table; `None` for days that no inspection has.
pub(super) fn short_day(day: i32) -> ShortDay {
    u16::try_from(day).ok().and_then(NonZeroU16::new)
}

/// The id of an inspection: of up to 20 plain characters packed, else the place in a vocabulary; 0 where there is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InspectionId(pub(super) u128);

/// Marks the place in a vocabulary.
pub(super) const WORD: u128 = 1 << 126;

impl InspectionId {
    /// No id.
    pub const NONE: Self = Self(0);

    /// Whether there is an id.
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The id as text.
    pub fn text<'a>(self, words: &'a [Box<str>], buffer: &'a mut [u8; PLAIN_LENGTH]) -> Option<&'a str> {
        match self.0 {
            0 => None,
            bits if bits & WORD != 0 => words.get((bits & !WORD) as usize).map(|word| &**word),
            bits => Some(KeySpace::unpack_plain(EntityKey::from_bits(bits), buffer)),
        }
    }
}

/// One row of the results. Words are numbers of the vocabularies in [`ResultWords`], [`NO_WORD`] where there is none.
#[derive(Clone, Copy, Debug)]
pub struct ResultRow {
    /// Id of the inspection.
    pub inspection: InspectionId,
    /// Task.
    pub task: u32,
    /// Department.
    pub department: u32,
    /// Visit.
    pub visit: u32,
    /// Items: the cell, several joined by `;`.
    pub items: u32,
    /// What the row says of plan and entity.
    pub circumstances: u32,
    /// Row in the file.
    pub number: u32,
    /// Last day of the inspection.
    pub inspected: NonZeroU16,
    /// Days, in the order of [`DAYS`].
    pub days: [ShortDay; DAYS.len()],
    /// Outcomes.
    pub outcomes: Outcomes,
    /// Disposals.
    pub disposals: Disposals,
    /// Kind of inspection.
    pub source: Option<TaskSource>,
    /// Risk score; NaN where there is none.
    pub(super) score: f64,
    /// Answers in the order of [`ANSWERS`], two bits each: 0 not said, 2 no, 3 yes.
    pub(super) answers: u8,
}

/// Columns of days beside the day of the inspection.
pub const DAYS: [Column; 8] = [
    Column::EnteredOn,
    Column::ReviewedOn,
    Column::PublishedOn,
    Column::CorrectedOn,
    Column::FiledOn,
    Column::LaboratoryOn,
    Column::RectifiedOn,
    Column::RectifyBy,
];

/// Columns of yes or no.
pub const ANSWERS: [Column; 3] = [Column::Mobile, Column::Joint, Column::Problem];

impl ResultRow {
    /// The day in one of the columns [`DAYS`].
    pub fn day(&self, column: Column) -> ShortDay {
        DAYS.iter().position(|day| *day == column).and_then(|at| self.days[at])
    }

    /// The answer in one of the columns [`ANSWERS`].
    pub fn answer(&self, column: Column) -> Option<bool> {
        let at = ANSWERS.iter().position(|answer| *answer == column)?;
        match self.answers >> (2 * at) & 3 {
            2 => Some(false),
            3 => Some(true),
            _ => None,
        }
    }

    /// The risk score; the higher the riskier.
    pub fn score(&self) -> Option<f64> {
        (!self.score.is_nan()).then_some(self.score)
    }

    /// Takes over what another row of the same inspection says and this one does not.
    pub fn absorb(&mut self, other: &Self) {
        self.outcomes = self.outcomes.union(other.outcomes);
        self.disposals = self.disposals.union(other.disposals);
        // A yes (3) of either row stands before a no (2).
        self.answers |= other.answers;
        for (own, other) in self.days.iter_mut().zip(other.days) {
            *own = (*own).or(other);
        }
        self.source = self.source.or(other.source);
        if self.score.is_nan() {
            self.score = other.score;
        }
        for (own, other) in [
            (&mut self.task, other.task),
            (&mut self.visit, other.visit),
            (&mut self.circumstances, other.circumstances),
        ] {
            if *own == NO_WORD {
                *own = other;
            }
        }
    }
}

/// The words of the results, sorted.
#[derive(Debug, Default)]
pub struct ResultWords {
    /// Ids of inspections that do not pack.
    pub inspections: Vec<Box<str>>,
    /// Task ids.
    pub tasks: Vec<Box<str>>,
    /// Departments.
    pub departments: Vec<Box<str>>,
    /// Visit ids.
    pub visits: Vec<Box<str>>,
    /// Item ids, as they stand together in a cell.
    pub items: Vec<Box<str>>,
    /// What rows say of plan and entity.
    pub circumstances: Vec<Circumstances>,
}

/// What a row says of its plan, and of the entity as it was then: where it says something, the registry is not asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Circumstances {
    /// Plan.
    pub plan: Option<Box<str>>,
    /// Station.
    pub station: Option<Box<str>>,
    /// Industry.
    pub industry: Option<Box<str>>,
    /// Grade.
    pub grade: Option<Grade>,
    /// Colour code.
    pub color: Option<Color>,
}

/// Stands between the parts of circumstances while they are a word; no cell holds it.
pub(super) const PART: char = '\u{1f}';

impl Circumstances {
    /// The circumstances of a word: plan, station, industry, grade, colour.
    pub(super) fn of(word: &str) -> Self {
        let mut parts = word.split(PART).map(|part| (!part.is_empty()).then_some(part));
        let mut next = || parts.next().flatten();
        let (plan, station, industry) = (next(), next(), next());
        let [plan, station, industry] = [plan, station, industry].map(|part| part.map(Into::into));
        let (grade, color) = (next().and_then(Grade::from_word), next().and_then(Color::from_word));
        Self { plan, station, industry, grade, color }
    }
}
