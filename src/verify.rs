//! Recomputes a published run from its own files, and from its inputs where they are at hand.
//!
//! Nothing of the run is taken on trust but the seed and the plan: lots come from (seed, stream, id), weights from the
//! factors, probabilities and selection from weights and sizes, and every file must have the digest of the manifest.

use crate::commitment::{self, CommittedRow, hex};
use crate::keys::PLAIN_LENGTH;
use crate::plan::{self, Files, Plan, PlanErrors};
use crate::publish::frame_table::TAKE_ALL;
use crate::publish::manifest::Manifest;
use crate::publish::run_folder::files;
use crate::published::{self, PublishedDraw, PublishedError, PublishedFrame};
use crate::run::{self, RunError};
use crate::sampling::draw::{DrawRequest, Selected};
use crate::sampling::lots::LotError;
use crate::sampling::{
    CONTRACT, Design, DrawError, LotKey, Lots, OUTSIDE, Population, StratumDraw, draw, fill_probabilities,
};
use crate::score::{Factor, FactorValues, WeightOverflow, weights};
use crate::terms::{Color, Grade};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// What was checked and held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// One sentence a check.
    pub checks: Vec<String>,
}

/// Why a run is not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first thing that differs.
    #[error("{place}: published {published}, recomputed {recomputed}")]
    Difference {
        /// File, column, entity or stratum.
        place: String,
        /// What the run says.
        published: String,
        /// What comes out now.
        recomputed: String,
    },
    /// The run cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The published plan cannot be read.
    #[error("the published plan: {0}")]
    Plan(#[from] PlanErrors),
    /// The published seed or stream cannot be used.
    #[error(transparent)]
    Lot(#[from] LotError),
    /// The published weights overflow.
    #[error(transparent)]
    Weight(#[from] WeightOverflow),
    /// The published sizes cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The inputs cannot be read again.
    #[error("the inputs cannot be read again: {0}")]
    Run(#[from] Box<RunError>),
}

fn differ(place: impl Into<String>, published: impl ToString, recomputed: impl ToString) -> VerifyError {
    VerifyError::Difference {
        place: place.into(),
        published: published.to_string(),
        recomputed: recomputed.to_string(),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(place: &str, published: T, recomputed: T) -> Result<(), VerifyError> {
    if published == recomputed {
        Ok(())
    } else {
        Err(differ(place, format!("{published:?}"), format!("{recomputed:?}")))
    }
}

/// Checks the run in the folder `run`; with `inputs` (the plan, loaded from where it stands) also reads the inputs again.
///
/// # Errors
/// [`VerifyError::Difference`] names the first difference; other variants say what cannot be read.
pub fn verify(run: &Path, inputs: Option<&Plan>, observe: &dyn Fn(&str)) -> Result<Passed, VerifyError> {
    let mut checks = Vec::new();
    let manifest = published::manifest(run)?;
    same("manifest.json, contract", manifest.contract.as_str(), CONTRACT)?;

    observe("digests");
    digests(run, &manifest)?;
    checks.push(format!("{} files have the digests of the manifest", manifest.outputs.len()));

    let frame = PublishedFrame::read(run)?;
    let text = std::fs::read_to_string(run.join(files::PLAN))
        .map_err(|error| PublishedError::Table { file: run.join(files::PLAN), reason: error.to_string() })?;
    let plan = plan::parse(&text, Path::new("published/plan.toml"), Files::NotAsked)?;
    same("plan.toml, SHA-256", &manifest.plan.sha256, &plan.sha256)?;

    observe("ids and weights");
    ids_ascend(&frame)?;
    factors_follow_the_plan(&frame, &plan)?;
    weights_are_products(&frame)?;
    checks.push(format!("{} ids are sorted and unique, and each weight is the product of its factors", frame.len()));

    observe("lots");
    if let Some(text) = lots_follow_the_seed(&frame, &manifest)? {
        checks.push(text);
    }
    if let Some(commitment) = &manifest.commitment {
        same("manifest.json, commitment", commitment, &commitment_of(&frame, &manifest, &plan).commitment)?;
        checks.push("frame, plan and version are those of the published commitment".to_owned());
    }

    observe("probabilities and selection");
    let draws = redraw(&frame, &manifest, &plan)?;
    draw_list_agrees(run, &frame, &manifest, &draws)?;
    checks.push(format!(
        "probabilities, cut lines and selection of {} strata are the recomputed ones: {} drawn",
        manifest.strata.len(),
        manifest.counts.drawn
    ));

    if let Some(plan) = inputs {
        inputs_agree(&frame, &manifest, plan, observe)?;
        checks.push(format!("{} inputs give the same frame again", manifest.inputs.len()));
    }
    Ok(Passed { checks })
}

fn digests(run: &Path, manifest: &Manifest) -> Result<(), VerifyError> {
    for output in &manifest.outputs {
        let path = run.join(&output.file);
        let unreadable =
            |error: std::io::Error| PublishedError::Table { file: path.clone(), reason: error.to_string() };
        let (mut file, mut digest) = (File::open(&path).map_err(unreadable)?, Sha256::new());
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer).map_err(unreadable)? {
                0 => break,
                read => digest.update(&buffer[..read]),
            }
        }
        same(&format!("{}, SHA-256", output.file), &output.sha256, &hex(&digest.finalize()))?;
    }
    Ok(())
}

fn id_at(frame: &PublishedFrame, row: usize) -> String {
    frame.space.unpack(frame.keys[row], &mut [0; PLAIN_LENGTH]).to_owned()
}

fn ids_ascend(frame: &PublishedFrame) -> Result<(), VerifyError> {
    let bad = frame.keys.windows(2).position(|pair| !frame.space.compare(pair[0], pair[1]).is_lt());
    match bad {
        None => Ok(()),
        Some(row) => Err(differ(
            format!("frame.parquet, entity_id, row {}", row + 2),
            id_at(frame, row + 1),
            format!("an id above {}", id_at(frame, row)),
        )),
    }
}

/// Factors that the plan fixes by a word are those of the plan.
fn factors_follow_the_plan(frame: &PublishedFrame, plan: &Plan) -> Result<(), VerifyError> {
    for (name, values) in &frame.factors {
        let (words, of) = match name.as_str() {
            "grade" => (
                &frame.grade,
                plan.weight.grade.map(|table| {
                    Box::new(move |word: &str| Grade::from_word(word).map(|grade| table[usize::from(grade.code())]))
                        as Box<dyn Fn(&str) -> Option<u64>>
                }),
            ),
            "color" => (
                &frame.color,
                plan.weight.color.map(|table| {
                    Box::new(move |word: &str| Color::from_word(word).map(|color| table[usize::from(color.code())]))
                        as Box<dyn Fn(&str) -> Option<u64>>
                }),
            ),
            _ => continue,
        };
        let by_code: Vec<Option<u64>> = words.texts.iter().map(|word| of.as_ref().and_then(|of| of(word))).collect();
        for (row, &published) in values.iter().enumerate() {
            let recomputed = words.codes[row].checked_sub(1).and_then(|code| by_code[code as usize]);
            if recomputed != Some(published) {
                let place = format!("frame.parquet, factor_{name} of {}", id_at(frame, row));
                let recomputed = recomputed.map_or("no such factor in the plan".to_owned(), |value| value.to_string());
                return Err(differ(place, published, recomputed));
            }
        }
    }
    Ok(())
}

fn weights_are_products(frame: &PublishedFrame) -> Result<(), VerifyError> {
    const ORDER: [&str; 5] = ["column", "grade", "color", "risk", "flags"];
    let factors: Vec<Factor<'_>> = ORDER
        .into_iter()
        .filter_map(|name| {
            let values = &frame.factors.iter().find(|(own, _)| own == name)?.1;
            Some(Factor { name, values: FactorValues::ByRow(values) })
        })
        .collect();
    compare(frame, "weight", &frame.weight, &weights(&factors, frame.len())?)
}

fn compare<T: PartialEq + ToString>(
    frame: &PublishedFrame,
    column: &str,
    published: &[T],
    recomputed: &[T],
) -> Result<(), VerifyError> {
    match published.iter().zip(recomputed).position(|(a, b)| a != b) {
        None => Ok(()),
        Some(row) => {
            let place = format!("frame.parquet, {column} of {}", id_at(frame, row));
            Err(differ(place, published[row].to_string(), recomputed[row].to_string()))
        }
    }
}

fn lots_follow_the_seed(frame: &PublishedFrame, manifest: &Manifest) -> Result<Option<String>, VerifyError> {
    let (Some(seed), Some(stream)) = (&manifest.seed, &manifest.stream) else { return Ok(None) };
    let key = LotKey::derive(seed, stream)?;
    let tickets = key.tickets_of(frame.len(), |row, bytes| {
        bytes.extend_from_slice(frame.space.unpack(frame.keys[row], &mut [0; PLAIN_LENGTH]).as_bytes());
    });
    same("frame.parquet, number of tickets", frame.ticket.len(), tickets.len())?;
    compare(frame, "ticket", &frame.ticket, &tickets)?;
    Ok(Some(format!("{} lots follow from seed, stream and id", tickets.len())))
}

fn commitment_of(frame: &PublishedFrame, manifest: &Manifest, plan: &Plan) -> commitment::Commitment {
    let digest = commitment::digest_frame(frame.len(), |row, visit| {
        visit(CommittedRow {
            entity_id: frame.space.unpack(frame.keys[row], &mut [0; PLAIN_LENGTH]),
            reason: frame.reason.get(row),
            certainty: rule_of(frame, row),
            stratum: frame.stratum.get(row),
            weight: frame.weight[row],
        });
    });
    let sizes = manifest.strata.iter().map(|stratum| (stratum.name.as_str(), stratum.n));
    commitment::assemble(&manifest.fairdraw, &plan.name, &plan.sha256, digest, sizes)
}

/// The rule that made an entity certain before the draw.
fn rule_of(frame: &PublishedFrame, row: usize) -> Option<&str> {
    frame.certainty.get(row).filter(|&name| name != TAKE_ALL)
}

/// Draws again and compares probabilities, selection and the strata's figures.
fn redraw(frame: &PublishedFrame, manifest: &Manifest, plan: &Plan) -> Result<Vec<StratumDraw>, VerifyError> {
    let code_of: Vec<u32> = std::iter::once(Ok(OUTSIDE))
        .chain(frame.stratum.texts.iter().map(|name| {
            let place = manifest.strata.iter().position(|stratum| stratum.name == *name);
            place.map(|place| place as u32).ok_or_else(|| differ("manifest.json, strata", "nothing", name))
        }))
        .collect::<Result<_, _>>()?;
    let strata: Vec<u32> = (0..frame.len())
        .map(|row| {
            let outside = frame.reason.codes[row] != 0 || rule_of(frame, row).is_some();
            if outside { OUTSIDE } else { code_of[frame.stratum.codes[row] as usize] }
        })
        .collect();
    let design = Design::from_name(&manifest.design)
        .ok_or_else(|| differ("manifest.json, design", &manifest.design, plan.draw.design.name()))?;
    same("manifest.json, design", design, plan.draw.design)?;
    same("manifest.json, alpha", manifest.alpha, plan.draw.alpha)?;
    let lots = if frame.prn.is_empty() { Lots::Tickets(&frame.ticket) } else { Lots::Prn(&frame.prn) };
    let population = Population { weights: &frame.weight, lots, strata: Some(&strata) };
    let sizes: Vec<u64> = manifest.strata.iter().map(|stratum| stratum.n).collect();
    let request = DrawRequest { sizes: &sizes, design, alpha: manifest.alpha, reserve: plan.draw.reserve };
    let draws = draw(&population, &request)?;

    let mut pi = vec![0.0; frame.len()];
    fill_probabilities(&population, design, &draws, &mut pi);
    let mut drawn = vec![false; frame.len()];
    for row in 0..frame.len() {
        if rule_of(frame, row).is_some() {
            (pi[row], drawn[row]) = (1.0, true);
        }
    }
    for draw in &draws {
        let by_lot = draw.drawn.iter().map(|selected| selected.row);
        draw.inclusion.take_all.iter().copied().chain(by_lot).for_each(|row| drawn[row as usize] = true);
    }
    compare(frame, "pi", &frame.pi, &pi)?;
    compare(frame, "drawn", &frame.drawn, &drawn)?;
    for (stratum, draw) in manifest.strata.iter().zip(&draws) {
        let place = |figure: &str| format!("manifest.json, stratum `{}`, {figure}", stratum.name);
        same(&place("take_all"), stratum.take_all, draw.inclusion.take_all.len() as u64)?;
        same(&place("weight_sum"), &stratum.weight_sum, &draw.inclusion.total.to_string())?;
        same(&place("cut_line"), stratum.cut_line, draw.cut_line)?;
        same(&place("next_key"), stratum.next_key, draw.next_key)?;
    }
    let total = drawn.iter().filter(|&&drawn| drawn).count() as u64;
    same("manifest.json, counts.drawn", manifest.counts.drawn, total)?;
    Ok(draws)
}

/// The list that people are given says the same as the frame.
fn draw_list_agrees(
    run: &Path,
    frame: &PublishedFrame,
    manifest: &Manifest,
    draws: &[StratumDraw],
) -> Result<(), VerifyError> {
    let list = published::draw_list(run)?;
    let mut by_lot: Vec<(&str, &str, i32, String, f64)> = Vec::new();
    for (stratum, draw) in manifest.strata.iter().zip(draws) {
        for (selection, rows) in [("drawn", &draw.drawn), ("reserve", &draw.reserve)] {
            for (order, &Selected { row, key }) in (1..).zip(rows) {
                by_lot.push((&stratum.name, selection, order, id_at(frame, row as usize), key));
            }
        }
    }
    let listed: Vec<&PublishedDraw> = list.iter().filter(|row| row.selection != "certain").collect();
    same("draw.parquet, rows drawn by lot or in reserve", listed.len(), by_lot.len())?;
    for (row, (stratum, selection, order, id, key)) in listed.into_iter().zip(by_lot) {
        let place = format!("draw.parquet, stratum `{stratum}`, {selection} {order}");
        let published = (row.stratum.as_str(), row.selection.as_str(), row.order, &row.entity_id, row.key);
        same(&place, published, (stratum, selection, order, &id, Some(key)))?;
    }
    let certain = list.iter().filter(|row| row.selection == "certain");
    let mut listed: Vec<&str> = certain.map(|row| row.entity_id.as_str()).collect();
    listed.sort_unstable();
    let sure: Vec<String> = (0..frame.len()).filter(|&row| frame.pi[row] == 1.0).map(|row| id_at(frame, row)).collect();
    same("draw.parquet, certain entities", listed, sure.iter().map(String::as_str).collect())
}

/// The inputs are the ones that were read, and give the same frame.
fn inputs_agree(
    frame: &PublishedFrame,
    manifest: &Manifest,
    plan: &Plan,
    observe: &dyn Fn(&str),
) -> Result<(), VerifyError> {
    same("the plan, SHA-256", &manifest.plan.sha256, &plan.sha256)?;
    let prepared = run::prepare(plan, observe).map_err(Box::new)?;
    for (published, now) in manifest.inputs.iter().zip(&prepared.receipts) {
        same(&format!("input {}, SHA-256", published.table), &published.sha256, &now.sha256)?;
    }
    let scored = &prepared.scored;
    same("number of entities", frame.len(), scored.frame.len())?;
    for row in 0..frame.len() {
        let id = id_at(frame, row);
        same("frame.parquet, entity_id", &id, &scored.frame.id(row))?;
        let stratum = match scored.strata.of[row] {
            OUTSIDE => None,
            stratum => Some(scored.strata.names[stratum as usize].as_str()),
        };
        let published = (frame.weight[row], frame.reason.get(row), rule_of(frame, row), frame.stratum.get(row));
        let eligibility = &scored.eligibility;
        let now = (scored.weights.weight[row], eligibility.reason_of(row), eligibility.rule_of(row), stratum);
        same(&format!("frame.parquet, weight, reason, certainty and stratum of {id}"), published, now)?;
    }
    let sizes: Vec<u64> = manifest.strata.iter().map(|stratum| stratum.n).collect();
    same("manifest.json, sizes of the strata", &sizes, &scored.strata.sizes)
}
