//! Results of inspections, one row an inspection or one of its items.

use std::collections::HashMap;
use std::num::NonZeroU16;

use rayon::prelude::*;

use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH};
use crate::plan::TableInput;
use crate::terms::{
    Color, Column, Disposals, Grade, Outcomes, SetAside, TaskSource, normalise, normalise_id, read_disposals,
    read_outcomes, read_yes, shorten,
};

use super::Intake;
use super::error::IngestError;
use super::keyed::{Row, Rows, Spec, read_with};
use super::layout::{ReadAs, RequestedColumn};
use super::raw::{DayCell, NumberCell};
use super::source::Request;
use super::vocabulary::{Met, NO_WORD, Vocabulary, placed};

/// A day from 1970-01-02 to 2149-06-06, in days since 1970-01-01; `None` where there is none.
pub type ShortDay = Option<NonZeroU16>;

/// The id of an inspection: of up to 20 plain characters packed, else the place in a vocabulary; 0 where there is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InspectionId(u128);

/// Marks the place in a vocabulary.
const WORD: u128 = 1 << 126;

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
    score: f64,
    /// Answers in the order of [`ANSWERS`], two bits each: 0 not said, 2 no, 3 yes.
    answers: u8,
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
const PART: char = '\u{1f}';

impl Circumstances {
    /// The circumstances of a word: plan, station, industry, grade, colour.
    fn of(word: &str) -> Self {
        let mut parts = word.split(PART).map(|part| (!part.is_empty()).then_some(part));
        let mut next = || parts.next().flatten();
        let (plan, station, industry) = (next(), next(), next());
        let [plan, station, industry] = [plan, station, industry].map(|part| part.map(Into::into));
        let (grade, color) = (next().and_then(Grade::from_word), next().and_then(Color::from_word));
        Self { plan, station, industry, grade, color }
    }
}

/// Results, sorted by entity.
#[derive(Debug)]
pub struct Results {
    /// Entity of each row.
    pub keys: Vec<EntityKey>,
    /// The rows, those of one entity in the order of the file.
    pub rows: Vec<ResultRow>,
    /// Words.
    pub words: ResultWords,
    /// Columns that the file has.
    pub columns: Vec<Column>,
}

const REQUESTED: [(Column, ReadAs); 20] = [
    (Column::EntityId, ReadAs::Id),
    (Column::Department, ReadAs::Text),
    (Column::Date, ReadAs::Date),
    (Column::InspectionId, ReadAs::Id),
    (Column::TaskId, ReadAs::Text),
    (Column::VisitId, ReadAs::Text),
    (Column::ItemId, ReadAs::Words),
    (Column::PlanId, ReadAs::Text),
    (Column::Outcome, ReadAs::Words),
    (Column::Disposal, ReadAs::Words),
    (Column::Source, ReadAs::Text),
    (Column::Mobile, ReadAs::Text),
    (Column::Joint, ReadAs::Text),
    (Column::Problem, ReadAs::Text),
    (Column::EnteredOn, ReadAs::Date),
    (Column::ReviewedOn, ReadAs::Date),
    (Column::PublishedOn, ReadAs::Date),
    (Column::CorrectedOn, ReadAs::Date),
    (Column::FiledOn, ReadAs::Date),
    (Column::LaboratoryOn, ReadAs::Date),
];
/// Columns that stand behind [`REQUESTED`].
const FURTHER: [(Column, ReadAs); 7] = [
    (Column::RectifiedOn, ReadAs::Date),
    (Column::RectifyBy, ReadAs::Date),
    (Column::Station, ReadAs::Text),
    (Column::Industry, ReadAs::Text),
    (Column::Grade, ReadAs::Text),
    (Column::Color, ReadAs::Text),
    (Column::Score, ReadAs::Number),
];
/// Place of the score among the wanted columns.
const SCORE: usize = 26;
/// Places of plan, station, industry, grade and colour among the wanted columns.
const CIRCUMSTANCES: [usize; 5] = [7, 22, 23, 24, 25];

/// Place of the first column of [`ANSWERS`] and of [`DAYS`] among the wanted ones.
const FIRST_ANSWER: usize = 11;
const FIRST_DAY: usize = 14;

/// Vocabularies while the rows are read.
#[derive(Default)]
struct Vocabularies {
    inspections: Vocabulary,
    tasks: Vocabulary,
    departments: Vocabulary,
    visits: Vocabulary,
    items: Vocabulary,
    circumstances: Vocabulary,
}

/// What a block of rows has met.
#[derive(Default)]
struct Memory {
    inspections: Met,
    tasks: Met,
    departments: Met,
    visits: Met,
    items: Met,
    circumstances: Met,
    cell: String,
    outcomes: HashMap<Box<str>, Result<Outcomes, String>>,
    disposals: HashMap<Box<str>, Result<Disposals, String>>,
    sources: HashMap<Box<str>, Option<TaskSource>>,
}

/// The item ids of a cell.
pub fn items_of(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '；', ',', '，', '、', '|']).map(str::trim).filter(|item| !item.is_empty())
}

/// Reads the results. A row needs an entity, a department and a readable day; unknown outcomes set the row aside, other
/// cells that cannot be read are set aside alone.
pub(super) fn read_results(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Results, IngestError> {
    let requested = REQUESTED
        .iter()
        .chain(&FURTHER)
        .enumerate()
        .map(|(at, &(column, reads))| RequestedColumn { required: at < 3, ..RequestedColumn::optional(column, reads) });
    let request = Request { table: "results".to_owned(), input, requested: requested.collect() };
    let spec = Spec { request, rows: Rows::Several, may_be_empty: true, notes_ids: false };
    let words = Vocabularies::default();
    let mut columns = Vec::new();
    let table = read_with(
        &spec,
        space,
        intake,
        Memory::default,
        |memory, row| result_row(&words, memory, row),
        &mut |batch, _, outcome| {
            let of_file = batch.columns.iter().zip(REQUESTED.iter().chain(&FURTHER));
            columns = of_file.filter(|(cells, _)| cells.is_some()).map(|(_, &(column, _))| column).collect();
            if columns.contains(&Column::Outcome) || columns.contains(&Column::Problem) {
                return Ok(Vec::new());
            }
            Err(IngestError::NoOutcome { file: outcome.file.clone() })
        },
        None,
    )?;
    let (words, rows) = words.settle(table.values);
    Ok(Results { keys: table.keys, rows, words, columns })
}

impl Vocabularies {
    /// Sorts the words and renumbers the rows.
    fn settle(self, mut rows: Vec<ResultRow>) -> (ResultWords, Vec<ResultRow>) {
        let [inspections, tasks, departments, visits, items, circumstances] =
            [self.inspections, self.tasks, self.departments, self.visits, self.items, self.circumstances]
                .map(Vocabulary::sorted);
        rows.par_iter_mut().for_each(|row| {
            if row.inspection.0 & WORD != 0 {
                let place = placed(&inspections.1, (row.inspection.0 & !WORD) as u32);
                row.inspection = InspectionId(WORD | u128::from(place));
            }
            row.task = placed(&tasks.1, row.task);
            row.department = placed(&departments.1, row.department);
            row.visit = placed(&visits.1, row.visit);
            row.items = placed(&items.1, row.items);
            row.circumstances = placed(&circumstances.1, row.circumstances);
        });
        let words = ResultWords {
            inspections: inspections.0,
            tasks: tasks.0,
            departments: departments.0,
            visits: visits.0,
            items: items.0,
            circumstances: circumstances.0.iter().map(|word| Circumstances::of(word)).collect(),
        };
        (words, rows)
    }
}

/// A cell's word without blanks at its ends, in normal form.
fn tidy(cell: &str) -> Box<str> {
    normalise(cell).into()
}

/// A cell's id as tables are keyed by it: capitals, no blanks.
pub(super) fn tidy_id(cell: &str) -> Box<str> {
    normalise_id(cell).into()
}

fn result_row(words: &Vocabularies, memory: &mut Memory, row: &mut Row<'_>) -> Result<ResultRow, SetAside> {
    let department = row.text(1).ok_or(SetAside::MissingDepartment)?;
    let department = words.departments.number(&mut memory.departments, department, tidy);
    let inspected = match row.day(2) {
        DayCell::Day(day) => short_day(day).ok_or_else(|| SetAside::DateOutOfRange { value: row.shown(2) })?,
        DayCell::Empty => return Err(SetAside::MissingDate),
        DayCell::Bad => return Err(SetAside::BadDate { value: row.shown(2) }),
    };
    let inspection = match row.text(3) {
        None => InspectionId::NONE,
        Some(id) => match KeySpace::pack_plain(id.as_bytes()) {
            Some(key) => InspectionId(key.bits()),
            None => {
                let place = words.inspections.number(&mut memory.inspections, id, tidy);
                InspectionId(WORD | u128::from(place))
            }
        },
    };
    let word = |column: usize, words: &Vocabulary, met: &mut Met| {
        row.text(column).map_or(NO_WORD, |cell| words.number(met, cell, tidy_id))
    };
    let task = word(4, &words.tasks, &mut memory.tasks);
    let visit = word(5, &words.visits, &mut memory.visits);
    let items = word(6, &words.items, &mut memory.items);
    let circumstances = circumstances(words, memory, row);
    let outcomes = match row.text(8) {
        None => Outcomes::EMPTY,
        Some(cell) => remembered(&mut memory.outcomes, cell, read_outcomes)
            .map_err(|word| SetAside::UnknownWord { column: Column::Outcome.chinese(), word })?,
    };
    let disposals =
        row.text(9).map_or(Ok(Disposals::EMPTY), |cell| remembered(&mut memory.disposals, cell, read_disposals));
    let disposals = disposals.unwrap_or_else(|word| {
        let reason = SetAside::UnknownWord { column: Column::Disposal.chinese(), word };
        row.set_cell_aside(Column::Disposal.canonical(), reason);
        Disposals::EMPTY
    });
    let source = match row.text(10) {
        None => None,
        Some(cell) => {
            let source = remembered(&mut memory.sources, cell, TaskSource::from_word);
            if source.is_none() {
                let reason = SetAside::UnknownWord { column: Column::Source.chinese(), word: cell.to_owned() };
                row.set_cell_aside(Column::Source.canonical(), reason);
            }
            source
        }
    };
    let mut answers = 0;
    for (at, column) in ANSWERS.into_iter().enumerate() {
        let Some(cell) = row.text(FIRST_ANSWER + at) else { continue };
        let answer = read_yes(cell).or_else(|| (column == Column::Problem).then(|| names_a_problem(cell)));
        match answer {
            Some(answer) => answers |= (2 | u8::from(answer)) << (2 * at),
            None => {
                let reason = SetAside::UnknownWord { column: column.chinese(), word: cell.to_owned() };
                row.set_cell_aside(column.canonical(), reason);
            }
        }
    }
    let mut days = [None; DAYS.len()];
    for (at, column) in DAYS.into_iter().enumerate() {
        days[at] = optional_day(row, FIRST_DAY + at, column);
    }
    let score = match row.number(SCORE) {
        NumberCell::Value(score) => score,
        NumberCell::Empty => f64::NAN,
        NumberCell::Bad => {
            row.set_cell_aside(Column::Score.canonical(), SetAside::BadNumber { value: row.shown(SCORE) });
            f64::NAN
        }
    };
    let number = row.row_number();
    Ok(ResultRow {
        inspection,
        task,
        department,
        visit,
        items,
        circumstances,
        number,
        inspected,
        days,
        outcomes,
        disposals,
        source,
        score,
        answers,
    })
}

/// What the row says of plan and entity, as one word; words of grade and colour that are not known are set aside alone.
fn circumstances(words: &Vocabularies, memory: &mut Memory, row: &mut Row<'_>) -> u32 {
    if CIRCUMSTANCES.iter().all(|&at| row.text(at).is_none()) {
        return NO_WORD;
    }
    memory.cell.clear();
    for (at, column) in CIRCUMSTANCES.into_iter().zip([None, None, None, Some(Column::Grade), Some(Column::Color)]) {
        let text = row.text(at).unwrap_or_default();
        let known = match column {
            Some(Column::Grade) => Grade::from_word(text).is_some(),
            Some(_) => Color::from_word(text).is_some(),
            None => true,
        };
        if known {
            memory.cell.push_str(text);
        } else if let Some(column) = column {
            let reason = SetAside::UnknownWord { column: column.chinese(), word: shorten(text.trim(), 40).to_owned() };
            row.set_cell_aside(column.canonical(), reason);
        }
        memory.cell.push(PART);
    }
    let tidy_parts = |cell: &str| {
        let (plan, rest) = cell.split_once(PART).unwrap_or_default();
        let rest = rest.split(PART).map(tidy);
        std::iter::once(tidy_id(plan)).chain(rest).collect::<Vec<_>>().join("\u{1f}").into()
    };
    words.circumstances.number(&mut memory.circumstances, &memory.cell, tidy_parts)
}

/// Whether the text in the column of problems found names one: it does unless it says that there is none.
fn names_a_problem(cell: &str) -> bool {
    let says_none = ["未发现", "没有发现", "未见", "无"].iter().any(|none| cell.trim_start().starts_with(none));
    !says_none && read_outcomes(cell).map_or(true, Outcomes::has_problem)
}

/// What a spelling means, looked up once a block.
fn remembered<T: Clone>(memory: &mut HashMap<Box<str>, T>, cell: &str, meaning: impl FnOnce(&str) -> T) -> T {
    if let Some(known) = memory.get(cell) {
        return known.clone();
    }
    let meant = meaning(cell);
    memory.insert(cell.into(), meant.clone());
    meant
}

/// A day of this table; `None` for days that no inspection has.
pub(super) fn short_day(day: i32) -> ShortDay {
    u16::try_from(day).ok().and_then(NonZeroU16::new)
}

/// A day that may be missing; a cell that holds none is set aside alone.
pub(super) fn optional_day(row: &mut Row<'_>, at: usize, column: Column) -> ShortDay {
    let reason = match row.day(at) {
        DayCell::Empty => return None,
        DayCell::Day(day) => match short_day(day) {
            Some(day) => return Some(day),
            None => SetAside::DateOutOfRange { value: row.shown(at) },
        },
        DayCell::Bad => SetAside::BadDate { value: shorten(&row.shown(at), 40).to_owned() },
    };
    row.set_cell_aside(column.canonical(), reason);
    None
}
