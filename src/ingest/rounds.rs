//! Earlier rounds as the ledger of what has been drawn.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Receipt;
use super::error::IngestError;
use super::keyed::Table;
use super::ledger::{Ledger, Visit};
use crate::amend::with_arcs;
use crate::amendment::Chain;
use crate::contract::{DRAW, MANIFEST_FILE};
use crate::digest::hex;
use crate::keys::{EntityKey, KeySpace};
use crate::plan::{Plan, fits};
use crate::published::{PublishedError, PublishedRun};
use crate::terms::{date_of, normalise, parse_date};

/// A round that came before.
#[derive(Debug)]
pub struct EarlierRound {
    /// Its folder as the plan writes it, or as its pattern finds it.
    pub folder: String,
    /// The same, seen from where the program runs.
    pub path: PathBuf,
    /// Its as-of day.
    pub as_of: i32,
    /// The seed of its lots.
    pub seed: Option<String>,
    /// Its files, with the arcs as its amendments left them.
    pub run: PublishedRun,
    /// Its amendments.
    amendments: Chain,
    /// SHA-256 of its manifest.
    sha256: String,
    bytes: u64,
}

/// The rounds of the plan of an earlier day, by that day.
///
/// # Errors
/// A folder that is not there or holds no round, or two rounds of one day.
pub fn earlier_rounds(plan: &Plan) -> Result<Vec<EarlierRound>, IngestError> {
    let mut folders: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (written, path) in &plan.inputs.rounds {
        for (folder, shown) in matching(written, path)? {
            folders.entry(folder).or_insert(shown);
        }
    }
    let mut rounds: Vec<EarlierRound> = Vec::new();
    for (path, folder) in folders {
        let fault = |source: PublishedError| IngestError::Round { folder: folder.clone(), source: Box::new(source) };
        let mut run = PublishedRun::open(&path).map_err(fault)?;
        let manifest = run.manifest().map_err(fault)?;
        let text = run.text(MANIFEST_FILE).map_err(fault)?;
        let as_of = parse_date(&manifest.as_of);
        let as_of = as_of.ok_or_else(|| fault(run.fault(MANIFEST_FILE, format!("{:?} is no day", manifest.as_of))))?;
        if as_of >= plan.as_of {
            continue;
        }
        let (sha256, bytes) = (hex(Sha256::digest(&text)), text.len() as u64);
        let amendments = Chain::read(&path, &sha256)?;
        with_arcs(&mut run, amendments.spread())?;
        rounds.push(EarlierRound { folder, path, as_of, seed: manifest.seed, run, amendments, sha256, bytes });
    }
    rounds.sort_by(|a, b| (a.as_of, &a.folder).cmp(&(b.as_of, &b.folder)));
    if let Some(pair) = rounds.windows(2).find(|pair| pair[0].as_of == pair[1].as_of) {
        let day = date_of(pair[0].as_of).map(|day| day.to_string()).unwrap_or_default();
        return Err(IngestError::TwoRounds { first: pair[0].folder.clone(), second: pair[1].folder.clone(), day });
    }
    Ok(rounds)
}

/// The folders that a path of `inputs.rounds` means: itself, or those that its pattern finds and that hold a round.
fn matching(written: &str, path: &Path) -> Result<Vec<(PathBuf, String)>, IngestError> {
    let pattern = path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains('*'));
    let Some(pattern) = pattern else { return Ok(vec![(path.to_owned(), written.to_owned())]) };
    let parent = path.parent().unwrap_or_else(|| Path::new("."));
    let shown_parent = Path::new(written).parent().unwrap_or_else(|| Path::new(""));
    // Without the parent there is no round yet.
    let Ok(entries) = std::fs::read_dir(parent) else { return Ok(Vec::new()) };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_round = |name: &String| !name.starts_with('.') && fits(pattern, name) && holds_draw(&parent.join(name));
    let mut names: Vec<String> = names.filter(is_round).collect();
    names.sort();
    Ok(names.into_iter().map(|name| (parent.join(&name), shown_parent.join(&name).display().to_string())).collect())
}

/// Whether a folder holds a published draw, and no figures or teams.
fn holds_draw(folder: &Path) -> bool {
    [MANIFEST_FILE, DRAW.file].iter().all(|name| folder.join(name).is_file())
}

/// What the rounds have drawn, as visits by entity, and a receipt for each.
///
/// # Errors
/// A round that cannot be read.
pub(super) fn read_rounds(
    rounds: &[EarlierRound],
    space: &mut KeySpace,
) -> Result<(Ledger, Vec<Receipt>), IngestError> {
    let mut rows: Vec<(EntityKey, Visit)> = Vec::new();
    let mut receipts = Vec::with_capacity(rounds.len());
    for round in rounds {
        let changes = round.amendments.list_after(round.amendments.amendments.len());
        let fault = |source| IngestError::Round { folder: round.folder.clone(), source: Box::new(source) };
        let mut read = 0;
        round
            .run
            .drawn_pairs(&changes, |id, _, departments, level| {
                read += 1;
                let key = KeySpace::pack_plain(id.as_bytes()).unwrap_or_else(|| space.pack(id));
                let level: Box<str> = level.into();
                let visit = |department: &str| Visit {
                    date: round.as_of,
                    department: normalise(department).into(),
                    level: level.clone(),
                };
                if departments.is_empty() {
                    rows.push((key, visit("")));
                }
                rows.extend(departments.iter().map(|department| (key, visit(department))));
            })
            .map_err(fault)?;
        receipts.push(Receipt::of_round("rounds", &round.folder, &round.sha256, round.bytes, read));
        if let Some(last) = &round.amendments.last_sha256 {
            let (bytes, count) = (round.amendments.bytes, round.amendments.amendments.len());
            receipts.push(Receipt::of_round("amendments", &round.folder, last, bytes, count as u64));
        }
    }
    rows.sort_by(|a, b| space.compare(a.0, b.0).then_with(|| a.1.cmp(&b.1)));
    rows.dedup();
    let (keys, values) = rows.into_iter().unzip();
    Ok((Table { keys, values, order: Vec::new(), columns: Vec::new(), runs: None }, receipts))
}

impl Receipt {
    /// Of what was read from a round.
    pub(crate) fn of_round(table: &str, folder: &str, sha256: &str, bytes: u64, rows: u64) -> Self {
        Self {
            table: table.to_owned(),
            file: folder.to_owned(),
            format: "round".to_owned(),
            encoding: None,
            sha256: sha256.to_owned(),
            bytes,
            rows_read: rows,
            accepted: rows,
            quarantined: 0,
            cells_quarantined: 0,
            warnings: Vec::new(),
        }
    }
}
