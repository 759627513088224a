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

/// Entities times draws for which probabilities are written.
const MOST: usize = 50_000_000;

/// What one draw makes of every entity.
struct OfDraw {
    stream: String,
    /// Row, π and stratum of those who may be drawn, by row.
    eligible: Vec<(u32, f64, u32)>,
    /// Place of the reason of each of the others.
    reason: Vec<u16>,
    reasons: Vec<String>,
}

impl OfDraw {
    fn of(settled: Settled<'_>) -> Result<Self, ScoreError> {
        let drawn = DrawResult::of(&settled.scored, settled.method, settled.lots()?)?;
        let (scored, rows) = (&settled.scored, settled.scored.frame.len());
        let pi = drawn.pi(scored, 0..rows);
        let is_eligible = |row: &usize| scored.standing.is_eligible(*row);
        let own = |row: usize| (row as u32, pi[row], scored.strata.stratum_of[row]);
        let reason = |row: usize| scored.standing.place_of_reason(row).unwrap_or(0) as u16;
        Ok(Self {
            stream: settled.method.stream.clone(),
            eligible: (0..rows).filter(is_eligible).map(own).collect(),
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
    // Reasons of all draws, each once.
    let mut reasons: Vec<&str> = made.iter().flat_map(|own| own.reasons.iter().map(String::as_str)).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let place_of = |own: &OfDraw| -> Vec<usize> {
        own.reasons.iter().map(|reason| reasons.binary_search(&reason.as_str()).unwrap_or(0)).collect()
    };
    let places: Vec<Vec<usize>> = made.iter().map(place_of).collect();
    let (mut next, mut counts) = (vec![0; made.len()], vec![0; reasons.len()]);
    let mut shards: Vec<String> = vec![String::new(); 256];
    for part in frame.parts() {
        let (first, part) = part.map_err(|error| undrawable(error.into()))?;
        for row in 0..part.len() {
            let (id, at) = (part.id(row), first + row);
            // What is said of most draws is said once: who is dead is dead for all. Writing to a text cannot fail.
            let (mut eligible, mut others) = (String::new(), Vec::new());
            for (draw, own) in made.iter().enumerate() {
                match own.eligible.get(next[draw]).filter(|entry| entry.0 as usize == at) {
                    Some((_, pi, stratum)) => {
                        next[draw] += 1;
                        let arc = arc_of(&arcs, &own.stream, &id);
                        let arc = arc.map_or(String::new(), |[lo, hi]| format!(",[\"{lo}\",\"{hi}\"]"));
                        let _ = write!(eligible, "\"{draw}\":[{pi},{stratum}{arc}],");
                    }
                    None => others.push((draw, places[draw].get(usize::from(own.reason[at])).copied().unwrap_or(0))),
                }
            }
            counts.fill(0);
            others.iter().for_each(|&(_, reason)| counts[reason] += 1);
            let usual =
                (0..counts.len()).max_by_key(|&reason| (counts[reason], std::cmp::Reverse(reason))).unwrap_or(0);
            let mut unusual = String::new();
            for (draw, reason) in others.into_iter().filter(|&(_, reason)| reason != usual) {
                let _ = write!(unusual, "\"{draw}\":{reason},");
            }
            let quoted = serde_json::Value::from(id.as_str()).to_string().replace('<', "\\u003c");
            let (eligible, unusual) = (eligible.trim_end_matches(','), unusual.trim_end_matches(','));
            let shard = &mut shards[usize::from(Sha256::digest(&id)[0])];
            let _ = writeln!(shard, "{quoted}:[{usual},{{{eligible}}},{{{unusual}}}],");
        }
    }
    let reasons = serde_json::to_string(&reasons)?.replace('<', "\\u003c");
    let folder = staging.file(PUBLIC_FILES[0]);
    std::fs::create_dir(&folder).map_err(|cause| PublishError::file("create the folder", &folder, cause))?;
    for (number, rows) in shards.iter().enumerate() {
        let path = folder.join(format!("{number:02x}.js"));
        let text = format!("fairdraw_shard(\"{number:02x}\",{{\n{rows}}},{reasons});\n");
        std::fs::write(&path, text).map_err(|cause| PublishError::file("write", &path, cause))?;
    }
    Ok(true)
}
