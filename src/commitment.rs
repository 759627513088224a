//! The seed ceremony's first half: a digest of frame, plan and version, published before the seed exists.
//!
//! ```text
//! line       = entity_id TAB standing TAB certainty TAB stratum TAB weight [ TAB prn ] LF
//! block      = SHA-256 of the lines of 65,536 entities in id order (the last block may be shorter)
//! frame      = SHA-256 of the blocks' digests, one after the other
//! sizes      = SHA-256 of one line "stratum TAB size LF" for every stratum, by name
//! commitment = SHA-256( "fairdraw/1/commitment" LF version LF plan LF frame LF sizes LF ), digests in lower-case hex
//! ```
//! Of a round of tasks, `frame` and `sizes` are the SHA-256 of one line "task_id TAB digest LF" for every task, by id, each
//! digest made as above. `standing` is `eligible` or the reason why not; `certainty` the rule that makes the entity certain, or empty;
//! `weight` in micro-units; `prn` the 64 bits of the permanent random number in lower-case hex, where the plan names a
//! column of them; `plan` the SHA-256 of the plan file as it stands, which names the source of the seed.

use crate::digest::hex;
use crate::frame::ScoredFrame;
use crate::keys::PLAIN_LENGTH;
use crate::part::PART_ROWS;
use crate::plan::Plan;
use crate::sampling::{CONTRACT, OUTSIDE};
use crate::scoring::{ScoreError, Settled};
use crate::task::Weights;
use crate::terms::Bilingual;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Write as _;

const BLOCK: usize = 1 << 16;

/// A commitment and what it is made of; all digests in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commitment {
    /// Version of the public contract.
    pub contract: String,
    /// Version of the program.
    pub fairdraw: String,
    /// Name of the plan.
    pub plan_name: String,
    /// SHA-256 of the plan file.
    pub plan: String,
    /// Where the seed will come from, as the plan says it.
    pub seed_source: Option<String>,
    /// Digest of the frame.
    pub frame: String,
    /// Digest of the sizes.
    pub sizes: String,
    /// The commitment.
    pub commitment: String,
}

/// One entity as the commitment sees it.
#[derive(Clone, Copy, Debug)]
struct CommittedRow<'a> {
    /// The id.
    pub entity_id: &'a str,
    /// Why it may not be drawn; `None` if it may.
    pub reason: Option<&'a str>,
    /// The rule that makes it certain.
    pub certainty: Option<&'a str>,
    /// Its stratum; `None` if ineligible.
    pub stratum: Option<&'a str>,
    /// Weight in micro-units.
    pub weight: u64,
    /// Permanent random number, where the plan takes lots from a column.
    pub prn: Option<f64>,
}

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a commitment binds of one draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawDigest {
    /// The task; `None` where the plan is one draw.
    task: Option<String>,
    /// Digest of the frame.
    frame: String,
    /// Digest of the sizes.
    sizes: String,
}

/// Digests a draw.
///
/// # Errors
/// A part of the frame that cannot be read.
pub fn digest(plan: &Plan, settled: &Settled<'_>) -> Result<DrawDigest, ScoreError> {
    let ScoredFrame { frame, standing, strata, .. } = &settled.scored;
    let reasons: Vec<String> = standing.reasons.iter().map(Bilingual::en).collect();
    let mut blocks = Vec::new();
    for part in frame.parts() {
        let (first, part) = part?;
        let weights = Weights::of(&part, &settled.method.weighting)?.weight;
        let numbers = plan.draw.prn_column.as_ref().and_then(|column| part.attribute(column));
        blocks.extend(digest_blocks(part.len(), |at, visit| {
            let row = first + at;
            let stratum = strata.stratum_of[row];
            visit(CommittedRow {
                entity_id: part.space.unpack(part.keys[at], &mut [0; PLAIN_LENGTH]),
                reason: standing.place_of_reason(row).map(|place| reasons[place].as_str()),
                certainty: standing.rule_of(row),
                stratum: (stratum != OUTSIDE).then(|| strata.names[stratum as usize].as_str()),
                weight: weights[at],
                prn: numbers.and_then(|numbers| numbers.number(at)),
            });
        }));
    }
    let mut lines = Sha256::new();
    strata.names.iter().zip(&strata.sizes).for_each(|(name, size)| lines.update(format!("{name}\t{size}\n")));
    Ok(DrawDigest {
        task: settled.task.map(|task| task.id.clone()),
        frame: hex(Sha256::digest(blocks.concat())),
        sizes: hex(lines.finalize()),
    })
}

/// The commitment of a plan whose draws have these digests, by the program of that version.
pub fn of(plan: &Plan, digests: &[DrawDigest], version: &str) -> Commitment {
    let (frame, sizes) = match digests {
        [DrawDigest { task: None, frame, sizes }] => (frame.clone(), sizes.clone()),
        tasks => {
            let line = |digest: fn(&DrawDigest) -> &String| {
                let line = |own: &DrawDigest| format!("{}\t{}\n", own.task.as_deref().unwrap_or(""), digest(own));
                hex(Sha256::digest(tasks.iter().map(line).collect::<String>()))
            };
            (line(|own| &own.frame), line(|own| &own.sizes))
        }
    };
    let text = format!("{CONTRACT}/commitment\n{version}\n{}\n{frame}\n{sizes}\n", plan.sha256);
    Commitment {
        contract: CONTRACT.to_owned(),
        fairdraw: version.to_owned(),
        plan_name: plan.name.clone(),
        plan: plan.sha256.clone(),
        seed_source: plan.draw.seed_source.clone(),
        commitment: hex(Sha256::digest(text)),
        frame,
        sizes,
    }
}

/// The digests of the blocks of `rows` entities; `row(i, visit)` shows entity `i` in id order to `visit`. A part holds whole
/// blocks.
fn digest_blocks(rows: usize, row: impl Fn(usize, &mut dyn FnMut(CommittedRow<'_>)) + Sync) -> Vec<[u8; 32]> {
    (0..rows.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut lines = Vec::with_capacity(BLOCK * 48);
            for index in block * BLOCK..((block + 1) * BLOCK).min(rows) {
                row(index, &mut |entity| write_line(&mut lines, entity));
            }
            Sha256::digest(&lines).into()
        })
        .collect()
}

const _: () = assert!(PART_ROWS.is_multiple_of(BLOCK));

fn write_line(lines: &mut Vec<u8>, entity: CommittedRow<'_>) {
    let CommittedRow { entity_id, reason, certainty, stratum, weight, prn } = entity;
    let (standing, certainty, stratum) = (reason.unwrap_or("eligible"), certainty.unwrap_or(""), stratum.unwrap_or(""));
    let prn = prn.map(|number| format!("\t{:016x}", number.to_bits())).unwrap_or_default();
    writeln!(lines, "{entity_id}\t{standing}\t{certainty}\t{stratum}\t{weight}{prn}").expect("writing to memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(weights: &[u64]) -> String {
        let blocks = digest_blocks(weights.len(), |row, visit| {
            let id = format!("id{row:06}");
            visit(CommittedRow {
                entity_id: &id,
                reason: None,
                certainty: None,
                stratum: Some("all"),
                weight: weights[row],
                prn: None,
            });
        });
        hex(Sha256::digest(blocks.concat()))
    }

    #[test]
    fn one_micro_unit_changes_the_commitment() {
        let mut weights = vec![1_000_000; 70_000];
        let before = digest(&weights);
        assert_eq!(before, digest(&weights));
        weights[69_999] += 1;
        assert_ne!(before, digest(&weights));
    }

    /// Computed with sha256sum over the text in the module's description.
    #[test]
    fn the_parts_are_as_described() {
        let block = Sha256::digest("id000000\teligible\t\tall\t5\n");
        assert_eq!(digest(&[5]), hex(Sha256::digest(block)));
    }
}
