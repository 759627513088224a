//! The probabilities of all entities, in files beside the certificate that its script loads.

use super::{PublicationError, arc_of};
use crate::assign::Round;
use crate::contract::PUBLIC_FILES;
use crate::lottery::DrawResult;
use crate::progress::Observe;
use crate::publish::PublishError;
use crate::publish::manifest::Manifest;
use crate::publish::staging::Staging;
use crate::published::PublishedRun;
use crate::run::RunError;
use crate::scoring::{Drawable, Made, ScoreError, Settled};
use crate::spread::Arcs;
use crate::terms::Bilingual as _;
use crate::verify::VerifyError;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;

/// Entities times draws for which probabilities are written: some 2 GB of files.
const MOST: usize = 50_000_000;

/// What one draw makes of every entity.
struct OfDraw {
    stream: String,
    pi: Vec<f64>,
    stratum: Vec<Option<u32>>,
    reason: Vec<Option<u16>>,
    reasons: Vec<String>,
}

impl OfDraw {
    fn of(settled: Settled<'_>) -> Result<Self, ScoreError> {
        let drawn = DrawResult::of(&settled.scored, settled.method, settled.lots()?)?;
        let (scored, rows) = (&settled.scored, settled.scored.frame.len());
        let strata = scored.strata.names.len();
        let stratum = scored.strata.stratum_of.iter().map(|&own| Some(own).filter(|&own| (own as usize) < strata));
        let reason = |row: usize| scored.standing.place_of_reason(row).and_then(|place| u16::try_from(place).ok());
        Ok(Self {
            stream: settled.method.stream.clone(),
            pi: drawn.pi(scored, 0..rows),
            stratum: stratum.collect(),
            reason: (0..rows).map(reason).collect(),
            reasons: scored.standing.reasons.iter().map(|reason| reason.en()).collect(),
        })
    }
}

/// Writes the probability of every entity in every draw, or why it has none, into 256 files by the first byte of SHA-256 of its
/// id. Whether they are written: too many would help nobody.
pub(super) fn write_shards(
    round: &Round,
    manifest: &Manifest,
    staging: &Staging,
    observe: Observe<'_>,
) -> Result<bool, PublicationError> {
    let draws = manifest.tasks.len().max(1);
    if (manifest.counts.population as usize).saturating_mul(draws) > MOST {
        return Ok(false);
    }
    let arcs = Arcs::of_round(&round.run, false)?.unwrap_or_default();
    let undrawable = |error: ScoreError| PublicationError::Draw(Box::new(VerifyError::from(RunError::from(error))));
    let run = Arc::new(PublishedRun::open(&round.folder)?);
    let frame = run.frame(&round.plan, u64::MAX)?;
    let drawable = Drawable::new(frame, &round.plan, Some(&arcs), observe).map_err(undrawable)?;
    let frame = drawable.frame().clone();
    let Made { made, .. } = drawable.each(&round.plan, Some(&arcs), observe, OfDraw::of).map_err(undrawable)?;
    let mut shards: Vec<String> = vec![String::new(); 256];
    for part in frame.parts() {
        let (first, part) = part.map_err(|error| undrawable(error.into()))?;
        for row in 0..part.len() {
            let id = part.id(row);
            let shard = &mut shards[usize::from(Sha256::digest(&id)[0])];
            // Ids and reasons as JSON texts; writing to a text cannot fail.
            let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('<', "\\u003c");
            let _ = write!(shard, "{}:[", quoted(&id));
            for own in &made {
                let at = first + row;
                let reason = own.reason[at].and_then(|place| own.reasons.get(usize::from(place)));
                let reason = quoted(reason.map_or("", String::as_str));
                let stratum = own.stratum[at].map_or("null".to_owned(), |stratum| stratum.to_string());
                let arc = arc_of(&arcs, &own.stream, &id);
                let arc = arc.map_or("null".to_owned(), |[lo, hi]| format!("[\"{lo}\",\"{hi}\"]"));
                let _ = write!(shard, "[{},{reason},{stratum},{arc}],", own.pi[at]);
            }
            shard.push_str("],\n");
        }
    }
    let folder = staging.file(PUBLIC_FILES[0]);
    std::fs::create_dir(&folder).map_err(|cause| PublishError::file("create the folder", &folder, cause))?;
    for (number, rows) in shards.iter().enumerate() {
        let path = folder.join(format!("{number:02x}.js"));
        let text = format!("fairdraw_shard(\"{number:02x}\",{{\n{rows}}});\n");
        std::fs::write(&path, text).map_err(|cause| PublishError::file("write", &path, cause))?;
    }
    Ok(true)
}
