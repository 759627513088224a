//! Results of inspections, one row an inspection or one of its items.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::keys::{EntityKey, KeySpace};
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
use super::result_row::{
    ANSWERS, Circumstances, DAYS, InspectionId, PART, ResultRow, ResultWords, ShortDay, WORD, short_day,
};
use super::source::Request;
use super::vocabulary::{Met, Vocabulary};
use crate::coded::{NO_WORD, placed};

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

/// Places of outcome and problem among the wanted columns.
const OUTCOME: usize = 8;
const PROBLEM: usize = 13;
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

/// Reads the results. A row needs an entity, a department and a readable day; one with
/// neither day nor outcome is a record that is not filled in yet; unknown outcomes set the row aside, other
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
        DayCell::Empty if row.text(OUTCOME).is_none() && row.text(PROBLEM).is_none() => return Err(SetAside::NotMade),
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
    let outcomes = match row.text(OUTCOME) {
        None => Outcomes::EMPTY,
        Some(cell) => remembered(&mut memory.outcomes, cell, read_outcomes)
            .map_err(|word| SetAside::UnknownWord { column: Column::Outcome.chinese().to_owned(), word })?,
    };
    let disposals =
        row.text(9).map_or(Ok(Disposals::EMPTY), |cell| remembered(&mut memory.disposals, cell, read_disposals));
    let disposals = disposals.unwrap_or_else(|word| {
        let reason = SetAside::UnknownWord { column: Column::Disposal.chinese().to_owned(), word };
        row.set_cell_aside(Column::Disposal.canonical(), reason);
        Disposals::EMPTY
    });
    let source = match row.text(10) {
        None => None,
        Some(cell) => {
            let source = remembered(&mut memory.sources, cell, TaskSource::from_word);
            if source.is_none() {
                let reason =
                    SetAside::UnknownWord { column: Column::Source.chinese().to_owned(), word: cell.to_owned() };
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
                let reason = SetAside::UnknownWord { column: column.chinese().to_owned(), word: cell.to_owned() };
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
            let reason = SetAside::UnknownWord {
                column: column.chinese().to_owned(),
                word: shorten(text.trim(), 40).to_owned(),
            };
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
