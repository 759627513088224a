//! The lots: one permanent random number per entity and stream, the same on every machine.
//!
//! ```text
//! key    = SHA-256( "fairdraw/1/ticket\n" ‖ seed ‖ "\n" ‖ stream )
//! iv     = first 16 bytes of SHA-256( entity_id )
//! ticket = first 8 bytes of the ChaCha20 keystream for (key, iv), little-endian u64
//! u      = ((ticket >> 12) + 1/2) / 2^52
//! ```
//! Anyone can repeat a ticket: `printf '\0\0\0\0\0\0\0\0' | openssl enc -chacha20 -K KEY -iv IV | xxd -p`. It depends on
//! nothing but seed, stream and entity id: not on row order, thread count or file.

use super::chacha;
use rayon::prelude::*;
use sha2::{Digest, Sha256, block_api::compress256};
use std::fmt;

/// What a lot is for: the first line of its key, name and version of the definition above.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Label {
    /// Who is drawn.
    Ticket,
    /// The order in which visits get their weeks.
    Week,
    /// The order in which a department's visits get their teams; further line: the department.
    Visit,
    /// The order of inspectors of one load; further lines: department, load in decimal.
    Inspector,
    /// The order of experts of one load; further lines: department, load in decimal.
    Expert,
    /// The random digits of a code; further line: the turn in decimal.
    Code,
}

impl Label {
    /// As the key has it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Ticket => "fairdraw/1/ticket",
            Self::Week => "fairdraw/1/week",
            Self::Visit => "fairdraw/1/visit",
            Self::Inspector => "fairdraw/1/inspector",
            Self::Expert => "fairdraw/1/expert",
            Self::Code => "fairdraw/1/code",
        }
    }
}

/// Entities per task of a parallel run: ivs (16 KiB) and tickets (8 KiB) stay in the first-level cache.
const BLOCK: usize = 1024;

/// Ids padded before the first of them is hashed. A block that is hashed right after it was written waits for the write
/// to reach the cache, which costs a third of the time.
const PADDED_TOGETHER: usize = 16;

/// The longest message, in bytes, that fits one block of SHA-256 with its padding.
const LONGEST_IN_ONE_BLOCK: usize = 55;

/// Initial hash value of SHA-256 (FIPS 180-4 section 5.3.3).
const SHA256_START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// An entity's place in the keystream: the first 16 bytes of SHA-256 of its id. A property of the entity alone.
pub type Iv = [u8; 16];

/// Why a key cannot be derived.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LotError {
    /// A line break would make two different pairs of seed and stream share a key.
    #[error(
        "the {part} holds a line break ({character} at byte {position}), but each is one line: \
         write the {part} on one line, without a break at its end"
    )]
    LineBreak {
        /// `seed`, `stream` or a further `line`.
        part: &'static str,
        /// `\n` or `\r`, escaped.
        character: &'static str,
        /// Where it stands, in bytes from the start (0 = first byte).
        position: usize,
    },
}

/// The 256-bit key of one (seed, stream). Public once the seed is: shown as 64 lower-case hexadecimal digits, the form
/// that `openssl enc -K` takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LotKey([u8; 32]);

impl LotKey {
    /// SHA-256( "fairdraw/1/ticket\n" ‖ seed ‖ "\n" ‖ stream ), both in UTF-8; either may be empty.
    ///
    /// # Errors
    /// [`LotError::LineBreak`] if the seed or the stream holds `\n` or `\r`.
    pub fn derive(seed: &str, stream: &str) -> Result<LotKey, LotError> {
        Self::labelled(Label::Ticket, seed, stream, &[])
    }

    /// SHA-256( label ‖ "\n" ‖ seed ‖ "\n" ‖ stream [‖ "\n" ‖ further line]… ): the key of a lot for something else than the
    /// draw.
    ///
    /// # Errors
    /// [`LotError::LineBreak`] if a line holds `\n` or `\r`.
    pub fn labelled(label: Label, seed: &str, stream: &str, further: &[&str]) -> Result<LotKey, LotError> {
        let lines = [("seed", seed), ("stream", stream)].into_iter().chain(further.iter().map(|&line| ("line", line)));
        let mut digest = Sha256::new().chain_update(label.text());
        for (part, text) in lines {
            if let Some(position) = text.find(['\n', '\r']) {
                let character = if text[position..].starts_with('\n') { "\\n" } else { "\\r" };
                return Err(LotError::LineBreak { part, character, position });
            }
            digest = digest.chain_update("\n").chain_update(text);
        }
        Ok(LotKey(digest.finalize().into()))
    }

    /// The key's bytes, first hexadecimal digit first.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The ticket of one entity; for many use [`LotKey::tickets`].
    pub fn ticket(&self, iv: &Iv) -> u64 {
        chacha::ticket_scalar(&self.0, iv)
    }

    /// `out[i]` = ticket of `ivs[i]`, on all threads of the current rayon pool.
    ///
    /// # Panics
    /// If `ivs` and `out` differ in length.
    pub fn tickets(&self, ivs: &[Iv], out: &mut [u64]) {
        assert_eq!(ivs.len(), out.len(), "one ticket per iv: both slices must have the same length");
        ivs.par_chunks(BLOCK).zip(out.par_chunks_mut(BLOCK)).for_each(|(ivs, out)| chacha::tickets(&self.0, ivs, out));
    }

    /// The tickets of entities 0 to `count` − 1, from their ids, without a table of ivs in between. `id(i, buffer)`
    /// appends the UTF-8 bytes of entity i's id, exactly as published, to an empty buffer. Uses all threads of the
    /// current rayon pool; `id` is called once per entity, in no particular order.
    pub fn tickets_of(&self, count: usize, id: impl Fn(usize, &mut Vec<u8>) + Sync) -> Vec<u64> {
        let mut tickets = vec![0; count];
        tickets.par_chunks_mut(BLOCK).enumerate().for_each_init(
            || Vec::with_capacity(64),
            |buffer, (block, tickets)| {
                let mut ivs = [[0; 16]; BLOCK];
                let ivs = &mut ivs[..tickets.len()];
                let mut entity = block * BLOCK;
                for ivs in ivs.chunks_mut(PADDED_TOGETHER) {
                    let mut padded = [[0; 64]; PADDED_TOGETHER];
                    let mut fits = [false; PADDED_TOGETHER];
                    for (i, iv) in ivs.iter_mut().enumerate() {
                        buffer.clear();
                        id(entity, buffer);
                        entity += 1;
                        fits[i] = pad(buffer, &mut padded[i]);
                        if !fits[i] {
                            *iv = iv_of_bytes(buffer);
                        }
                    }
                    for (i, iv) in ivs.iter_mut().enumerate() {
                        if fits[i] {
                            *iv = iv_of_block(&padded[i]);
                        }
                    }
                }
                chacha::tickets(&self.0, ivs, tickets);
            },
        );
        tickets
    }
}

impl fmt::Display for LotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The iv of an entity: the first 16 bytes of SHA-256 of its id in UTF-8, exactly as published.
pub fn iv(entity_id: &str) -> Iv {
    iv_of_bytes(entity_id.as_bytes())
}

fn iv_of_bytes(id: &[u8]) -> Iv {
    let mut padded = [0; 64];
    if pad(id, &mut padded) {
        return iv_of_block(&padded);
    }
    let digest: [u8; 32] = Sha256::digest(id).into();
    digest.as_chunks().0[0]
}

/// Writes an id with SHA-256's padding (FIPS 180-4 section 5.1.1) to a block of zeros; false, and nothing written, if
/// it does not fit one block.
#[inline]
fn pad(id: &[u8], block: &mut [u8; 64]) -> bool {
    let fits = id.len() <= LONGEST_IN_ONE_BLOCK;
    if fits {
        block[..id.len()].copy_from_slice(id);
        block[id.len()] = 0x80;
        block[56..].copy_from_slice(&(8 * id.len() as u64).to_be_bytes());
    }
    fits
}

/// The iv of an id that [`pad`] wrote.
#[inline]
fn iv_of_block(padded: &[u8; 64]) -> Iv {
    let mut state = SHA256_START;
    compress256(&mut state, std::slice::from_ref(padded));
    let mut iv = [0; 16];
    for (bytes, word) in iv.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    iv
}

/// The uniform number of a ticket, strictly between 0 and 1: its upper 52 bits, at the middle of their interval.
/// ((ticket >> 12) + 1/2) / 2^52; every step is exact in f64.
#[inline]
pub fn u(ticket: u64) -> f64 {
    const TWO_TO_52: f64 = (1_u64 << 52) as f64;
    ((ticket >> 12) as i64 as f64 + 0.5) / TWO_TO_52
}

/// The lots of a frame, by row: computed tickets, or permanent random numbers that the agency keeps.
#[derive(Clone, Copy, Debug)]
pub enum Lots<'a> {
    /// Tickets of [`LotKey::tickets`] or [`LotKey::tickets_of`].
    Tickets(&'a [u64]),
    /// Permanent random numbers, each checked to be strictly between 0 and 1.
    Prn(&'a [f64]),
}

impl Lots<'_> {
    /// The uniform number of row `i`, strictly between 0 and 1.
    ///
    /// # Panics
    /// If `i` is not below [`Lots::len`].
    #[inline]
    pub fn u(&self, i: usize) -> f64 {
        match self {
            Lots::Tickets(tickets) => u(tickets[i]),
            Lots::Prn(numbers) => numbers[i],
        }
    }

    /// What decides between equal keys, before the entity id: the ticket, or the bits of the permanent random number,
    /// which order positive numbers as their values do.
    ///
    /// # Panics
    /// If `i` is not below [`Lots::len`].
    #[inline]
    pub fn tie(&self, i: usize) -> u64 {
        match self {
            Lots::Tickets(tickets) => tickets[i],
            Lots::Prn(numbers) => numbers[i].to_bits(),
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Lots::Tickets(tickets) => tickets.len(),
            Lots::Prn(numbers) => numbers.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// seed, stream, entity id, key, iv, ticket, u. Made with an independent implementation of the definition and
    /// checked with `openssl enc -chacha20`.
    #[rustfmt::skip]
    const VECTORS: [(&str, &str, &str, &str, u128, u64, f64); 6] = [
        ("永川公证处 2023-02-07 摇号 08 17 23 31 05 12", "2023", "914403001922038216",
         "58399ff5d81125d82d04d79dc90a6e262e604cb72cec5d85337cb2deba51fb81",
         0x9b291fd981b030724d420449e413e7eb, 17299435395520655781, 0.9378042719298064),
        ("1", "", "91330100799655058B",
         "5da1635cb9b2e32db64acd43ead81463dfbd6aa114197accaa0cd98940d9c841",
         0xba5afe31e8e27c136e90d1522253c1bb, 11757602490825883723, 0.6373809081887202),
        ("20230207", "2023-Q1", "9144030071526726XG",
         "557fc25a81abb48d8f4594c52eca42de8fa75273ed07db1b64aced5a0628aeed",
         0xbb68e028278ade136597ad237014b9cd, 656540239421762626, 0.035591117695261354),
        ("seed with spaces", "a", "440301103097413",
         "ac716ccb6cb1eeba98932728d3579b8f64062f19374bff12d68c97f758bf7423",
         0xe306e889abbd306768f240bab24da0a1, 1890502485160309796, 0.1024843450750027),
        ("😀", "2023", "检查对象-甲",
         "72738a897b40a8b4c5ae6bc66edc627b9185d6d8dc0b9f5c88d141602b486859",
         0xe73852a15ce3b08e3ba6bb915228c799, 12562109303923393055, 0.6809933099157056),
        ("", "x", "911100001000044477",
         "96988ad014b75116b564ebd6135991c1cd85e78e6834c008d7e7a73c94c7bf13",
         0xcfffc6117d3594349f03530a2f8f0128, 9380337968879724157, 0.5085091402253831),
    ];

    fn key() -> LotKey {
        LotKey::derive("seed", "stream").unwrap()
    }

    fn write_id(i: usize, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(format!("9144{i:014}").as_bytes());
    }

    #[test]
    fn published_vectors_hold() {
        for (seed, stream, id, key_hex, expected_iv, ticket, expected_u) in VECTORS {
            let key = LotKey::derive(seed, stream).unwrap();
            assert_eq!(key.to_string(), key_hex);
            assert_eq!(u128::from_be_bytes(iv(id)), expected_iv, "{id}");
            assert_eq!(key.ticket(&iv(id)), ticket, "{id}");
            assert_eq!(key.tickets_of(1, |_, buffer| buffer.extend_from_slice(id.as_bytes())), [ticket]);
            assert_eq!(u(ticket).to_bits(), expected_u.to_bits(), "{id}");
        }
    }

    #[test]
    fn an_iv_is_the_head_of_sha_256_at_every_length() {
        let text = "甲b".repeat(50);
        let ids: Vec<&str> =
            text.char_indices().map(|(end, _)| &text[..end]).chain([&text[4..59], &text[4..60]]).collect();
        for id in &ids {
            assert_eq!(iv(id)[..], Sha256::digest(id)[..16], "{} bytes", id.len());
        }
        let expected: Vec<u64> = ids.iter().map(|id| key().ticket(&iv(id))).collect();
        let tickets = key().tickets_of(ids.len(), |i, buffer| buffer.extend_from_slice(ids[i].as_bytes()));
        assert_eq!(tickets, expected);
    }

    #[test]
    fn line_breaks_in_seed_and_stream_are_refused_by_name_and_place() {
        let error = LotKey::derive("甲\n", "2023").unwrap_err().to_string();
        assert!(error.contains("the seed holds a line break (\\n at byte 3)"), "{error}");
        let error = LotKey::derive("1", "20\r23").unwrap_err().to_string();
        assert!(error.contains("the stream holds a line break (\\r at byte 2)"), "{error}");
    }

    #[test]
    fn seed_and_stream_are_not_interchangeable() {
        assert_ne!(LotKey::derive("a", "b"), LotKey::derive("b", "a"));
        assert_ne!(LotKey::derive("ab", ""), LotKey::derive("", "ab"));
    }

    #[test]
    fn u_is_strictly_inside_0_and_1_and_never_falls_as_the_ticket_grows() {
        assert_eq!(u(0), 2_f64.powi(-53));
        assert_eq!(u(u64::MAX), 1.0 - 2_f64.powi(-53));
        assert!(0.0 < u(0) && u(u64::MAX) < 1.0);
        assert!((0..64).all(|bit| u((1 << bit) - 1) <= u(1 << bit)));
        assert!(u(4095) < u(4096));
    }

    #[test]
    fn tickets_do_not_depend_on_the_number_of_threads_or_the_route() {
        let count = 3 * BLOCK + 17;
        let mut buffer = Vec::new();
        let ivs: Vec<Iv> = (0..count)
            .map(|i| {
                buffer.clear();
                write_id(i, &mut buffer);
                iv_of_bytes(&buffer)
            })
            .collect();
        let expected: Vec<u64> = ivs.iter().map(|iv| key().ticket(iv)).collect();
        for threads in [1, 2, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut out = vec![0; count];
            pool.install(|| key().tickets(&ivs, &mut out));
            assert_eq!(out, expected, "{threads} threads");
            assert_eq!(pool.install(|| key().tickets_of(count, write_id)), expected, "{threads} threads");
        }
    }

    #[test]
    fn no_entities_have_no_tickets() {
        key().tickets(&[], &mut []);
        assert!(key().tickets_of(0, |_, _| unreachable!()).is_empty());
    }

    #[test]
    fn lots_read_tickets_and_permanent_random_numbers_alike() {
        let tickets = [7 << 40, u64::MAX];
        let lots = Lots::Tickets(&tickets);
        assert_eq!((lots.len(), lots.is_empty()), (2, false));
        assert_eq!((lots.u(0), lots.tie(1)), (u(7 << 40), u64::MAX));
        let numbers = [1e-300, 0.25, 0.250_000_000_000_000_06, 0.75];
        let lots = Lots::Prn(&numbers);
        assert_eq!((lots.len(), lots.u(3)), (4, 0.75));
        assert!((1..4).all(|i| lots.tie(i - 1) < lots.tie(i)));
    }
}
