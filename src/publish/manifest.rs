//! `manifest.json`: inputs, parameters and results of a run, for independent verification.
//!
//! It holds versions, the digest of the plan and of every file, counts, the cut lines of the draw and the warnings; no
//! time, no host, no number of threads. Keys stand in the order of the structs below. Numbers that must survive to the
//! last bit (`alpha`, cut lines, expected counts, sums of weights) are decimal text: not every JSON reader gives back
//! the `f64` that was written, while parsing the text does, in any language.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PublishError;
use super::parquet_file::Written;
use crate::ingest::Receipt;
use crate::message::Message;
use crate::sampling::CONTRACT;

/// The record of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of fairdraw that wrote the run.
    pub fairdraw: String,
    /// [`CONTRACT`].
    pub contract: String,
    /// The plan that was run.
    pub plan: PlanRecord,
    /// Reference date of the run, `YYYY-MM-DD`, as written in the plan.
    pub as_of: String,
    /// Seed of the lots; `None` when the agency's own random numbers are used.
    pub seed: Option<String>,
    /// Where the seed comes from, as the plan announced it; `None` when it did not.
    pub seed_source: Option<String>,
    /// Stream of the lots; `None` when the agency's own random numbers are used.
    pub stream: Option<String>,
    /// Column of permanent random numbers, when the plan names one instead of seed and stream.
    pub prn_column: Option<String>,
    /// Digest published before the seed was known, when there was one.
    pub commitment: Option<String>,
    /// `pareto`, `sequential-poisson`, `srs` or `poisson`; with the next two, `None` in a round, where each task has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design: Option<String>,
    /// Probabilities of at least 1 − α count as certain. 0 ≤ α < 1.
    #[serde(default, with = "exact_or_none", skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// `outside` or `inside` the sample size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainties: Option<String>,
    /// Every file read, in the order of the plan.
    pub inputs: Vec<Receipt>,
    /// Every file written beside this one.
    pub outputs: Vec<OutputRecord>,
    /// Totals over all strata; in a round, all but the population are added up over the tasks.
    pub counts: Counts,
    /// In a round, how many entities are drawn for at least one task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_drawn: Option<u64>,
    /// Entities that could not be drawn, by reason.
    pub exclusions: Vec<Exclusion>,
    /// One entry a stratum, by name.
    pub strata: Vec<StratumRecord>,
    /// The tasks of a round, by id; exclusions and strata are theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskRecord>,
    /// What the reader should know before believing the rest.
    pub warnings: Vec<Message>,
}

/// A task of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Its id.
    pub id: String,
    /// Its draw.
    #[serde(flatten)]
    pub draw: DrawRecord,
}

/// How a draw was made, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawRecord {
    /// Stream of the lots; `None` when the agency's own random numbers are used.
    pub stream: Option<String>,
    /// `pareto`, `sequential-poisson`, `srs` or `poisson`.
    pub design: String,
    /// Probabilities of at least 1 − α count as certain. 0 ≤ α < 1.
    #[serde(with = "exact")]
    pub alpha: f64,
    /// `outside` or `inside` the sample size.
    pub certainties: String,
    /// Totals over all strata.
    pub counts: Counts,
    /// Entities that could not be drawn, by reason.
    pub exclusions: Vec<Exclusion>,
    /// One entry a stratum, by name.
    pub strata: Vec<StratumRecord>,
}

/// Entities that could not be drawn for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The reason: code, parameters, and a phrase in English and in Chinese.
    #[serde(flatten)]
    pub reason: Message,
    /// How many.
    pub entities: u64,
}

/// Which plan was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// Its `name`.
    pub name: String,
    /// Its `title`.
    pub title: Option<String>,
    /// SHA-256 of the plan file, lower-case hexadecimal.
    pub sha256: String,
}

/// One published file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// Name inside the run folder.
    pub file: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Rows, for a table.
    pub rows: u64,
}

impl OutputRecord {
    /// The record of the file `name` as it was written.
    pub fn new(name: &str, written: Written) -> Self {
        let Written { rows, bytes, sha256 } = written;
        Self { file: name.to_string(), sha256, bytes, rows }
    }
}

/// How many entities there were and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the frame.
    pub population: u64,
    /// Entities that could be drawn, certain ones among them.
    pub eligible: u64,
    /// Entities with probability 1 by a rule of the plan.
    pub certain: u64,
    /// Entities drawn, certain ones among them.
    pub drawn: u64,
    /// Entities on the reserve lists.
    pub reserve: u64,
}

/// One stratum: its size, its sample and the lots at the cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StratumRecord {
    /// Its name; empty without strata.
    pub name: String,
    /// Its entities that could be drawn, certain ones among them (who cannot be drawn is in no stratum).
    pub eligible: u64,
    /// Those with a positive weight that the lot may decide on.
    pub positive: u64,
    /// Those with probability 1 by a rule of the plan.
    pub certain: u64,
    /// Sample size asked of the lot, take-all included.
    pub n: u64,
    /// Entities whose weight alone makes them certain.
    pub take_all: u64,
    /// Sum of the positive weights in micro-units (1.0 = 1,000,000), an unsigned 128-bit integer as decimal text; heads for `srs`.
    pub weight_sum: String,
    /// Places left for the lot: `n − take_all`.
    pub random_n: u64,
    /// Sum of the weights that share those places, in micro-units, an unsigned 128-bit integer as decimal text:
    /// an entity of weight x that is not take-all has π = random_n · x / rest_weight_sum.
    pub rest_weight_sum: String,
    /// Key of the last entity drawn; `None` when no entity was selected at random.
    #[serde(with = "exact_or_none")]
    pub cut_line: Option<f64>,
    /// Key of the first entity not drawn; `None` when everybody was.
    #[serde(with = "exact_or_none")]
    pub next_key: Option<f64>,
    /// Entities drawn, certain ones among them.
    pub drawn: u64,
    /// Entities on the reserve list.
    pub reserve: u64,
    /// Expected number drawn, Σπ.
    #[serde(with = "exact")]
    pub expected: f64,
}

impl Manifest {
    /// How many strata there are, over all tasks.
    pub fn strata_count(&self) -> u64 {
        self.tasks.iter().map(|task| task.draw.strata.len() as u64).sum::<u64>() + self.strata.len() as u64
    }

    /// The manifest as indented JSON with a final line break.
    ///
    /// # Errors
    /// None is expected of these types.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Writes the manifest. Write it last: a folder with a manifest is whole.
    ///
    /// # Errors
    /// [`PublishError::File`] when the system refuses.
    pub fn write(&self, path: &Path) -> Result<Written, PublishError> {
        let text = self.to_json().map_err(|cause| PublishError::Manifest { path: path.to_path_buf(), cause })?;
        fs::write(path, &text).map_err(|cause| PublishError::file("write", path, cause))?;
        let sha256 = crate::digest::hex(Sha256::digest(&text));
        Ok(Written { rows: 0, bytes: text.len() as u64, sha256 })
    }

    /// Reads the text of a manifest written under this version's contract; `path` is where it stands.
    ///
    /// # Errors
    /// [`PublishError::Contract`] when it names another contract, [`PublishError::Manifest`] with line and column when it
    /// is not a manifest.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, PublishError> {
        /// Read first: another contract may have other keys.
        #[derive(Deserialize)]
        struct Contract {
            contract: String,
        }
        let unreadable = |cause| PublishError::Manifest { path: path.to_path_buf(), cause };
        let Contract { contract } = serde_json::from_slice(text).map_err(unreadable)?;
        if contract != CONTRACT {
            return Err(PublishError::Contract { path: path.to_path_buf(), found: contract, expected: CONTRACT });
        }
        serde_json::from_slice(text).map_err(unreadable)
    }
}

/// An `f64` as the shortest decimal text that parses to the same bits.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is not a decimal number")))
    }
}

/// [`exact`] or `null`.
mod exact_or_none {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Exact(#[serde(with = "super::exact")] f64);

    pub(super) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Exact).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Exact>::deserialize(deserializer)?.map(|exact| exact.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::MANIFEST_FILE;
    use crate::terms::{Reason, Status, Warning};

    fn read(path: &Path) -> Result<Manifest, PublishError> {
        Manifest::parse(&fs::read(path).unwrap(), path)
    }

    fn manifest(alpha: f64, cut_line: Option<f64>) -> Manifest {
        Manifest {
            fairdraw: env!("CARGO_PKG_VERSION").to_string(),
            contract: CONTRACT.to_string(),
            plan: PlanRecord { name: "q1".to_string(), title: Some("一季度".to_string()), sha256: "00".repeat(32) },
            as_of: "2023-02-07".to_string(),
            seed: Some("the dice of the day".to_string()),
            seed_source: None,
            stream: Some("2023".to_string()),
            prn_column: None,
            commitment: None,
            design: Some("pareto".to_string()),
            alpha: Some(alpha),
            certainties: Some("outside".to_string()),
            inputs: Vec::new(),
            outputs: vec![OutputRecord::new(
                "draw.parquet",
                Written { rows: 247, bytes: 9_000, sha256: "ab".repeat(32) },
            )],
            counts: Counts { population: 24_738, eligible: 24_000, certain: 0, drawn: 247, reserve: 20 },
            distinct_drawn: None,
            tasks: Vec::new(),
            exclusions: vec![Exclusion { reason: (&Reason::Status { status: Status::Revoked }).into(), entities: 738 }],
            strata: vec![StratumRecord {
                name: String::new(),
                eligible: 24_000,
                positive: 24_000,
                certain: 0,
                n: 247,
                take_all: 0,
                weight_sum: u128::MAX.to_string(),
                random_n: 247,
                rest_weight_sum: u128::MAX.to_string(),
                cut_line,
                next_key: None,
                drawn: 247,
                reserve: 20,
                expected: 246.999_999_999_999_97,
            }],
            warnings: vec![(&Warning::BelowLegalMinimum { drawn: 247, base: 24_738, share: "1 %".to_string() }).into()],
        }
    }

    #[test]
    fn what_is_written_is_read_to_the_last_bit() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(MANIFEST_FILE);
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..2_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let cut_line = f64::from_bits(0x3f00_0000_0000_0000 | (bits >> 4 & 0x00ff_ffff_ffff_ffff));
            let written = manifest(1e-3 + f64::EPSILON.sqrt(), Some(cut_line));
            written.write(&path).unwrap();
            let read = read(&path).unwrap();
            assert_eq!(read.alpha.map(f64::to_bits), written.alpha.map(f64::to_bits));
            assert_eq!(read.strata, written.strata);
            assert_eq!(read.outputs, written.outputs);
            assert_eq!((read.exclusions, read.warnings), (written.exclusions, written.warnings));
        }
    }

    #[test]
    fn the_same_manifest_gives_the_same_bytes_in_struct_order_with_a_final_line_break() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(MANIFEST_FILE);
        let first = manifest(0.001, Some(0.5)).write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(first, manifest(0.001, Some(0.5)).write(&path).unwrap());
        assert!(text.starts_with("{\n  \"fairdraw\""), "{text}");
        assert!(text.ends_with("}\n"));
        let place = |key: &str| text.find(&format!("\"{key}\"")).unwrap();
        let keys = ["contract", "plan", "as_of", "seed", "design", "alpha", "outputs", "counts", "strata", "warnings"];
        assert!(keys.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
        assert!(text.contains(r#""cut_line": "0.5""#), "{text}");
        assert!(text.contains(r#""next_key": null"#), "{text}");
    }

    #[test]
    fn another_contract_is_named_before_anything_else_is_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(MANIFEST_FILE);
        fs::write(&path, r#"{ "contract": "fairdraw/2", "lots": [] }"#).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("\"fairdraw/2\""), "{error}");
    }

    #[test]
    fn a_broken_manifest_is_an_error_with_its_line() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(MANIFEST_FILE);
        manifest(0.001, None).write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"0.001\"", "\"little\"")).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("\"little\" is not a decimal number at line"), "{error}");
    }
}
