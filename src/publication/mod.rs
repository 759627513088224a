//! What of a run goes public (一公开): the certificate of the draw, the lists, the task sheets, the forms, and the probabilities of
//! all entities.

mod papers;
mod probabilities;
mod sheet;
mod visiting;
mod workbook;

pub use papers::Paper;
pub use sheet::{Cell, Sheet};

use crate::amend::AmendError;
use crate::amendment::ListChanges;
use crate::coding::{CodeRow, codes_of};
use crate::contract::{self, MANIFEST_FILE};
use crate::digest::hex;
use crate::ingest::{self, IngestError, RosterTables};
use crate::plan::{Plan, Publish, beside};
use crate::progress::Observe;
use crate::publish::manifest::{Manifest, OutputRecord, PlanRecord, StratumRecord};
use crate::publish::staging::{Claim, RunIdentity, Staging};
use crate::publish::{PublishError, Selection};
use crate::published::{Columns, PublishedError, PublishedRun};
use crate::report::certificate::{self, Certificate, CertifiedDraw, CertifiedRow, CertifiedStratum};
use crate::report::lists as pages;
use crate::spread::Arcs;
use crate::standing::Standing;
use crate::terms::Lang;
use crate::verify::VerifyError;
use arrow::array::{Array, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use probabilities::write_shards;
use rust_xlsxwriter::XlsxError;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sheet::{Form, MOST_ROWS, SheetWriter, ending};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use visiting::Visiting;

/// Version of the contract of publications.
const CONTRACT: &str = "fairdraw/public/1";

/// Why nothing is published. Nothing is left in the output folder.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// The run cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The output cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Lots that nobody can recompute.
    #[error(
        "the run was drawn by the agency's own random numbers, which no certificate can recompute; publish draw.parquet with them"
    )]
    NoSeed,
    /// The page cannot be made.
    #[error("the page cannot be made: {0}")]
    Page(#[from] serde_json::Error),
    /// The workbook cannot be made.
    #[error("the workbook cannot be made: {0}")]
    Workbook(#[from] XlsxError),
    /// The round cannot be read as it stands.
    #[error(transparent)]
    Round(#[from] AmendError),
    /// The probabilities cannot be computed again.
    #[error("the probabilities cannot be computed again: {0}")]
    Draw(#[source] Box<VerifyError>),
    /// The names of inspectors cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Names are to be shown, and nothing says what they are.
    #[error(
        "publish.inspector-names shows names, which stand in the inspectors' table; give the plan that names it with --plan"
    )]
    NoPlan,
    /// A column that the run did not carry along.
    #[error("publish.columns names `{column}`, which frame.parquet does not have; add it to output.keep and run again")]
    NoColumn {
        /// The column.
        column: String,
    },
}

/// What was published.
#[derive(Clone, Debug, Serialize)]
pub struct PublicationManifest {
    /// Version of the program.
    pub fairdraw: String,
    /// Version of the contract.
    pub contract: String,
    /// The plan of the run.
    pub plan: PlanRecord,
    /// SHA-256 of the manifest of the run.
    pub run_sha256: String,
    /// How many amendments of the run are taken in.
    pub amendments: u32,
    /// The seed of the run.
    pub seed: String,
    /// The pages and the list; files of probabilities are not listed one by one.
    pub outputs: Vec<OutputRecord>,
    /// Rows of the list.
    pub rows: u64,
}

/// The folder of what goes public, beside the run's own: `out/2023-q1.public`.
pub fn public_folder(run: &Path) -> PathBuf {
    beside(run, ".public")
}

/// Writes what goes public of the run in `folder`, as it stands after its amendments, into `output`. `plan` says what of people is
/// shown; without it the plan of the run.
///
/// # Errors
/// [`PublicationError`]; the previous output then stands untouched.
pub fn publish(
    folder: &Path,
    output: &Path,
    plan: Option<&Plan>,
    replace: bool,
    observe: Observe<'_>,
) -> Result<PublicationManifest, PublicationError> {
    let standing = Standing::now(folder)?;
    let run = &standing.round.run;
    let manifest = run.manifest()?;
    let seed = manifest.seed.clone().ok_or(PublicationError::NoSeed)?;
    let identity =
        RunIdentity { plan_sha256: manifest.plan.sha256.clone(), seed: Some(seed.clone()), commitment: None };
    let staging = Staging::begin(output, None, Claim { run: identity, replace })?;
    let settings = plan.unwrap_or(&standing.round.plan).publish.clone();
    let entity_codes = by_id(codes_of(run)?.unwrap_or_default());

    let List { draws, names, sheet, records } = list(&standing, &manifest, &entity_codes, &staging)?;
    let (rows, mut outputs) = (sheet.count, records);
    let has_shards = write_shards(&standing.round, &manifest, &staging, observe)?;
    let shown: usize = draws.iter().map(|draw| draw.rows.len()).sum();
    let title = manifest.plan.title.clone().unwrap_or_else(|| manifest.plan.name.clone());
    let certificate = Certificate {
        title: title.clone(),
        as_of: manifest.as_of.clone(),
        seed: seed.clone(),
        seed_source: manifest.seed_source.clone(),
        commitment: manifest.commitment.clone(),
        plan_sha256: manifest.plan.sha256.clone(),
        manifest_sha256: standing.round.sha256.clone(),
        inputs: manifest.inputs.iter().map(|input| (input.file.clone(), input.sha256.clone())).collect(),
        program: format!("fairdraw {}", manifest.fairdraw),
        has_shards,
        draws,
        left_out: rows - shown,
    };
    let mut sheets = vec![sheet];
    let day = standing.round.as_of;
    let tables =
        plan.filter(|_| standing.dealt.is_some()).map(|plan| ingest::read_roster_tables(&plan.inputs, observe));
    let tables = tables.transpose()?;
    let people = inspectors(&standing, tables.as_ref(), &settings)?;
    let visiting = match &standing.dealt {
        Some(dealt) => Some(Visiting::new(
            &standing,
            dealt,
            [&names, &entity_codes, &people],
            tables.as_ref().map(|tables| &tables.items),
        )?),
        None => None,
    };
    let columns = columns(&standing, &settings, &names)?;
    let mut visits_without_forms = 0;
    if let Some(visiting) = &visiting {
        let (of_visits, records) = visiting.write(&staging)?;
        sheets.extend(of_visits);
        outputs.extend(records);
        visits_without_forms = visiting.visits().len().saturating_sub(papers::MOST_VISITS);
    }
    for lang in [Lang::En, Lang::Zh] {
        let mut add = |stem: &str, format: &str, bytes: &[u8]| -> Result<(), PublishError> {
            outputs.push(write(&staging, &format!("{stem}{}.{format}", ending(lang)), bytes)?);
            Ok(())
        };
        add("certificate", "html", certificate::page(&certificate, lang)?.as_bytes())?;
        add("lists", "html", pages::lists(&title, &manifest.as_of, &sheets, lang).as_bytes())?;
        add("lists", "xlsx", &workbook::lists(&title, &sheets, lang, day)?)?;
        if let Some(visiting) = &visiting {
            let papers = papers::papers(visiting, lang, &columns);
            let page = pages::forms(&title, &manifest.as_of, &papers, visits_without_forms, lang);
            add("forms", "html", page.as_bytes())?;
            add("forms", "xlsx", &workbook::forms(&title, &papers, lang, day)?)?;
        }
    }
    let published = PublicationManifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: CONTRACT.to_owned(),
        plan: manifest.plan.clone(),
        run_sha256: standing.round.sha256.clone(),
        amendments: standing.taken_in as u32,
        seed,
        outputs,
        rows: rows as u64,
    };
    write(&staging, MANIFEST_FILE, (serde_json::to_string_pretty(&published)? + "\n").as_bytes())?;
    staging.commit()?;
    Ok(published)
}

fn by_id(codes: Vec<CodeRow>) -> BTreeMap<String, String> {
    codes.into_iter().map(|own| (own.id, own.code)).collect()
}

/// How each inspector is shown: by the code, where codes were given, and with the name where the plan says so.
fn inspectors(
    standing: &Standing,
    tables: Option<&RosterTables>,
    settings: &Publish,
) -> Result<BTreeMap<String, String>, PublicationError> {
    if standing.dealt.is_none() {
        return Ok(BTreeMap::new());
    }
    let teams = PublishedRun::open(&crate::assign::teams_folder(&standing.round.folder))?;
    let mut shown = by_id(codes_of(&teams)?.unwrap_or_default());
    if settings.inspector_names {
        for own in &tables.ok_or(PublicationError::NoPlan)?.inspectors {
            let code = shown.entry(own.id.clone()).or_insert_with(|| own.id.clone());
            *code += &own.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        }
    }
    Ok(shown)
}

/// Further columns of the entities that are visited, with their headers, by entity.
fn columns(
    standing: &Standing,
    settings: &Publish,
    names: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Vec<(String, String)>>, PublicationError> {
    let mut columns: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    if settings.columns.is_empty() || standing.dealt.is_none() {
        return Ok(columns);
    }
    let run = &standing.round.run;
    let file = contract::FRAME.file;
    run.visit::<PublicationError>(file, |_, heads, arrays| {
        let ids = Columns { run, file, names: heads, columns: arrays }.texts(contract::ENTITY_ID)?;
        for column in &settings.columns {
            let place = heads.iter().position(|head| head == column);
            let place = place.ok_or_else(|| PublicationError::NoColumn { column: column.clone() })?;
            let texts =
                cast(&arrays[place], &DataType::Utf8View).map_err(|error| run.fault(file, error.to_string()))?;
            let texts: Option<&StringViewArray> = texts.as_any().downcast_ref();
            let Some(texts) = texts else { continue };
            for row in (0..ids.len()).filter(|&row| texts.is_valid(row) && names.contains_key(ids.value(row))) {
                let own = columns.entry(ids.value(row).to_owned()).or_default();
                own.push((column.clone(), texts.value(row).to_owned()));
            }
        }
        Ok(())
    })?;
    Ok(columns)
}

fn write(staging: &Staging, name: &str, bytes: &[u8]) -> Result<OutputRecord, PublishError> {
    let path = staging.file(name);
    std::fs::write(&path, bytes).map_err(|cause| PublishError::file("write", &path, cause))?;
    Ok(OutputRecord { file: name.to_owned(), sha256: hex(Sha256::digest(bytes)), bytes: bytes.len() as u64, rows: 0 })
}

/// 抽查名单.
const DRAWN: Form = Form {
    stem: "drawn",
    title: ("The list", "抽查名单"),
    columns: &[
        ("Task", "任务编号"),
        ("Entity code", "对象编码"),
        ("Unified social credit code", "统一社会信用代码"),
        ("Name", "名称"),
        ("Stratum", "层"),
        ("How", "方式"),
        ("Order", "次序"),
        ("Ticket", "票号"),
        ("Probability", "抽中概率"),
        ("Station", "监管所"),
        ("As it stands", "现状"),
    ],
    by_first: false,
    to_fill_in: false,
};

/// What comes of the list.
struct List {
    /// The draws with the rows that the certificate shows.
    draws: Vec<CertifiedDraw>,
    /// Names of everyone on it.
    names: BTreeMap<String, String>,
    /// The list.
    sheet: Sheet,
    /// Its files.
    records: Vec<OutputRecord>,
}

/// What became of a row of the list; nothing where it stands as it was drawn.
fn became(changes: &ListChanges, id: &str, task: &str, selection: Selection) -> Cell {
    match (changes.get(&(id.to_owned(), task.to_owned())), selection) {
        (Some(true), Selection::Reserve) => Cell::Word(("came from the reserve", "候补启用")),
        (Some(false), Selection::Reserve) => Cell::Word(("came from the reserve, replaced", "候补启用后已替换")),
        (Some(false), _) => Cell::Word(("replaced", "已替换")),
        _ => Cell::text(""),
    }
}

/// Writes the list, and gathers what the certificate shows of it.
fn list(
    standing: &Standing,
    manifest: &Manifest,
    codes: &BTreeMap<String, String>,
    staging: &Staging,
) -> Result<List, PublicationError> {
    let run = &standing.round.run;
    let changes = standing.chain.list_after(standing.taken_in);
    let mut writer = SheetWriter::begin(staging, DRAWN)?;
    let mut all_names = BTreeMap::new();
    let stratum =
        |own: &StratumRecord| CertifiedStratum { name: own.name.clone(), cut: own.cut_line, next: own.next_key };
    let draw = |task: &str, stream: &Option<String>, design: &str, strata: &[StratumRecord]| CertifiedDraw {
        place: 0,
        task: task.to_owned(),
        stream: stream.clone().unwrap_or_default(),
        design: design.to_owned(),
        strata: strata.iter().map(stratum).collect(),
        rows: Vec::new(),
    };
    let mut draws: Vec<CertifiedDraw> = match manifest.tasks.as_slice() {
        [] => vec![draw("", &manifest.stream, manifest.design.as_deref().unwrap_or_default(), &manifest.strata)],
        tasks => tasks.iter().map(|own| draw(&own.id, &own.draw.stream, &own.draw.design, &own.draw.strata)).collect(),
    };
    draws.iter_mut().enumerate().for_each(|(place, draw)| draw.place = place);
    let places: HashMap<String, usize> = draws.iter().map(|draw| (draw.task.clone(), draw.place)).collect();
    let strata: Vec<HashMap<String, usize>> =
        draws.iter().map(|draw| draw.strata.iter().map(|own| own.name.clone()).zip(0..).collect()).collect();
    let arcs = Arcs::of_round(run, false)?.unwrap_or_default();
    let (file, mut rows) = (contract::DRAW.file, 0);
    run.visit::<PublicationError>(file, |_, names, columns| {
        let of = Columns { run, file, names, columns };
        let tasks = (!manifest.tasks.is_empty()).then(|| of.texts(contract::TASK_ID)).transpose()?;
        let (ids, names_of) = (of.texts(contract::ENTITY_ID)?, of.texts(contract::NAME)?);
        let (of_stratum, selection) = (of.texts(contract::STRATUM)?, of.texts(contract::SELECTION)?);
        let (tickets, pi, key) = (of.texts(contract::TICKET)?, of.reals(contract::PI)?, of.reals(contract::KEY)?);
        let (station, order) = (of.texts(contract::STATION)?, of.small_wholes(contract::ORDER)?);
        for row in 0..ids.len() {
            let word = Selection::ALL.into_iter().find(|own| own.name() == selection.value(row));
            let word = word.ok_or_else(|| run.fault(file, format!("{:?} is no selection", selection.value(row))))?;
            let task = tasks.map_or("", |tasks| tasks.value(row));
            let unknown = || run.fault(file, format!("{task:?} is no task of the run"));
            let place = *places.get(task).ok_or_else(unknown)?;
            let own = strata[place].get(of_stratum.value(row)).copied().ok_or_else(unknown)?;
            let text = |texts: &StringViewArray| texts.is_valid(row).then(|| texts.value(row).to_owned());
            let (id, name) = (ids.value(row), text(names_of));
            if standing.dealt.is_some() {
                all_names.insert(id.to_owned(), name.clone().unwrap_or_default());
            }
            writer.push(vec![
                Cell::text(task),
                Cell::Text(codes.get(id).cloned().unwrap_or_default()),
                Cell::text(id),
                Cell::Text(name.clone().unwrap_or_default()),
                Cell::text(of_stratum.value(row)),
                Cell::Word(word.words()),
                Cell::Number(f64::from(order.value(row))),
                Cell::Text(text(tickets).unwrap_or_default()),
                Cell::Number(pi.value(row)),
                Cell::Text(text(station).unwrap_or_default()),
                became(&changes, id, task, word),
            ])?;
            rows += 1;
            if rows <= MOST_ROWS {
                let draw = &mut draws[place];
                let arc = arc_of(&arcs, &draw.stream, id);
                draw.rows.push(CertifiedRow(
                    id.to_owned(),
                    name,
                    own,
                    word.name(),
                    i64::from(order.value(row)),
                    text(tickets).unwrap_or_default(),
                    pi.value(row),
                    key.is_valid(row).then(|| key.value(row)),
                    arc,
                ));
            }
        }
        Ok(())
    })?;
    let (sheet, records) = writer.finish()?;
    Ok(List { draws, names: all_names, sheet, records })
}

/// The arc of an entity before the draw, where it was not full.
fn arc_of(arcs: &Arcs, stream: &str, id: &str) -> Option<[String; 2]> {
    let of_stream = arcs.0.get(stream)?;
    let place = of_stream.binary_search_by(|(own, _)| own.as_str().cmp(id)).ok()?;
    let arc = of_stream[place].1;
    Some([arc.lo, arc.hi].map(contract::ticket_text))
}
