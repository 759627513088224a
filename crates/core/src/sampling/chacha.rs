//! Many ChaCha20 blocks at once: one key, one block per entity, and of each block only the first eight bytes.
//!
//! A block's initial state is the four constants, the eight key words and, in words 12 to 15, the sixteen bytes of the
//! entity's iv (RFC 8439 section 2.3; `openssl enc -chacha20 -K KEY -iv IV`). A ticket is words 0 and 1 of the keystream
//! block as a little-endian u64. Every kernel runs one entity per SIMD lane and returns the same tickets.
//!
//! The x86 kernels use intrinsics because the compiler's own vectorisation takes twice as long; on aarch64 the portable
//! kernel becomes NEON code. Words that words 0 and 1 do not depend on are left out of the last two rounds.
#![allow(
    unsafe_code,
    reason = "vector loads and stores, and calls of functions compiled for instructions that were detected at run time"
)]

/// Bytes 0..16 of the initial state's last row (words 12 to 15, little-endian): block counter and nonce.
type Iv = [u8; 16];

/// Words 0 to 3 of the initial state: "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// A kernel that this machine can run. Values come only from [`kernels`] and [`Kernel::fastest`], so that holding one
/// proves that the machine has its instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kernel(Path);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Path {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Path {
    /// Slowest first.
    const ALL: &[Path] = &[
        Path::Portable,
        #[cfg(target_arch = "x86_64")]
        Path::Avx2,
        #[cfg(target_arch = "x86_64")]
        Path::Avx512,
    ];

    /// Whether this machine has the instructions; the standard library asks the processor once.
    fn is_detected(self) -> bool {
        match self {
            Path::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => is_x86_feature_detected!("avx512f"),
        }
    }
}

impl Kernel {
    /// The fastest kernel of this machine.
    pub fn fastest() -> Kernel {
        let path = Path::ALL.iter().copied().rfind(|path| path.is_detected());
        Kernel(path.unwrap_or(Path::Portable))
    }

    /// `portable`, `avx2` or `avx512`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Path::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => "avx512",
        }
    }

    /// Entities per pass: 4, 8 or 16.
    pub fn lanes(self) -> usize {
        match self.0 {
            Path::Portable => portable::LANES,
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => avx2::LANES,
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => avx512::LANES,
        }
    }
}

/// Every kernel that this machine can run, slowest first.
pub fn kernels() -> Vec<Kernel> {
    Path::ALL.iter().copied().filter(|path| path.is_detected()).map(Kernel).collect()
}

/// `out[i]` = ticket of `ivs[i]` under `key`, by the fastest kernel, on the calling thread.
///
/// # Panics
/// If `ivs` and `out` differ in length.
pub fn tickets(key: &[u8; 32], ivs: &[[u8; 16]], out: &mut [u64]) {
    tickets_with(Kernel::fastest(), key, ivs, out);
}

/// [`tickets`] by a chosen kernel.
///
/// # Panics
/// If `ivs` and `out` differ in length.
pub fn tickets_with(kernel: Kernel, key: &[u8; 32], ivs: &[[u8; 16]], out: &mut [u64]) {
    assert_eq!(ivs.len(), out.len(), "one ticket per iv: both slices must have the same length");
    let key = words(key);
    match kernel.0 {
        Path::Portable => in_blocks(ivs, out, |ivs, out| portable::tickets(&key, ivs, out)),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Path::Avx2` is only made after AVX2 was detected on this machine.
        Path::Avx2 => in_blocks(ivs, out, |ivs, out| unsafe { avx2::tickets(&key, ivs, out) }),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Path::Avx512` is only made after AVX-512F was detected on this machine.
        Path::Avx512 => in_blocks(ivs, out, |ivs, out| unsafe { avx512::tickets(&key, ivs, out) }),
    }
}

/// One ticket by the plain algorithm of RFC 8439 section 2.3, the reference for the kernels.
pub fn ticket_scalar(key: &[u8; 32], iv: &[u8; 16]) -> u64 {
    let mut state = [0; 16];
    state[..4].copy_from_slice(&CONSTANTS);
    state[4..12].copy_from_slice(&words::<8>(key));
    state[12..].copy_from_slice(&words::<4>(iv));
    for _ in 0..10 {
        for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
            quarter_round(&mut state, a, b, c, d);
        }
        for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
            quarter_round(&mut state, a, b, c, d);
        }
    }
    join(state[0].wrapping_add(CONSTANTS[0]), state[1].wrapping_add(CONSTANTS[1]))
}

/// RFC 8439 section 2.1.
fn quarter_round(state: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    for (to_d, to_b) in [(16, 12), (8, 7)] {
        state[a] = state[a].wrapping_add(state[b]);
        state[d] = (state[d] ^ state[a]).rotate_left(to_d);
        state[c] = state[c].wrapping_add(state[d]);
        state[b] = (state[b] ^ state[c]).rotate_left(to_b);
    }
}

/// The first `N` little-endian words of `bytes`, which holds at least 4 `N` bytes.
#[inline(always)]
fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let (quads, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|i| u32::from_le_bytes(quads[i]))
}

#[inline(always)]
fn join(word_0: u32, word_1: u32) -> u64 {
    u64::from(word_0) | u64::from(word_1) << 32
}

/// Runs a kernel over whole passes of `LANES` entities, then over the rest padded to one pass.
fn in_blocks<const LANES: usize>(ivs: &[Iv], out: &mut [u64], kernel: impl Fn(&[[Iv; LANES]], &mut [[u64; LANES]])) {
    let (passes, rest) = ivs.as_chunks();
    let (out_passes, out_rest) = out.as_chunks_mut();
    kernel(passes, out_passes);
    if !rest.is_empty() {
        let mut padded = [[0; 16]; LANES];
        let mut tickets = [0; LANES];
        padded[..rest.len()].copy_from_slice(rest);
        kernel(std::slice::from_ref(&padded), std::slice::from_mut(&mut tickets));
        out_rest.copy_from_slice(&tickets[..rest.len()]);
    }
}

// The macros below are the algorithm; a kernel module gives them its vocabulary: `splat`, `add`, `xor` and the left
// rotation `rol` of its vector of words; for `transposed` the unpack instructions of pairs of words and of pairs of
// pairs.

/// Quarter rounds side by side, step by step, so that independent instructions stand next to each other.
macro_rules! quarter_rounds {
    ($($a:ident $b:ident $c:ident $d:ident),+) => {
        $($a = add($a, $b);)+
        $($d = rol::<16>(xor($d, $a));)+
        $($c = add($c, $d);)+
        $($b = rol::<12>(xor($b, $c));)+
        $($a = add($a, $b);)+
        $($d = rol::<8>(xor($d, $a));)+
        $($c = add($c, $d);)+
        $($b = rol::<7>(xor($b, $c));)+
    };
}

/// The part of quarter rounds that decides the new `a`.
macro_rules! quarter_rounds_a {
    ($($a:ident $b:ident $c:ident $d:ident),+) => {
        $($a = add($a, $b);)+
        $($d = rol::<16>(xor($d, $a));)+
        $($c = add($c, $d);)+
        $($b = rol::<12>(xor($b, $c));)+
        $($a = add($a, $b);)+
    };
}

/// `rolled`: a loop, small code for the x86 kernels. `unrolled`: no inner loop, which the loop over lanes needs to
/// become vector code.
macro_rules! nine_times {
    (rolled $body:block) => {
        for _ in 0..9 $body
    };
    (unrolled $body:block) => {
        $body $body $body $body $body $body $body $body $body
    };
}

/// (word 0, word 1) of the keystream blocks whose last rows are `[d0, d1, d2, d3]`.
macro_rules! keystream_words {
    ($key:expr, $last_row:expr, $loops:ident) => {{
        let [k0, k1, k2, k3] = CONSTANTS;
        let [k4, k5, k6, k7, k8, k9, k10, k11] = *$key;
        let (mut a0, mut a1, mut a2, mut a3) = (splat(k0), splat(k1), splat(k2), splat(k3));
        let (mut b0, mut b1, mut b2, mut b3) = (splat(k4), splat(k5), splat(k6), splat(k7));
        let (mut c0, mut c1, mut c2, mut c3) = (splat(k8), splat(k9), splat(k10), splat(k11));
        let [mut d0, mut d1, mut d2, mut d3] = $last_row;
        nine_times!($loops {
            quarter_rounds!(a0 b0 c0 d0, a1 b1 c1 d1, a2 b2 c2 d2, a3 b3 c3 d3);
            quarter_rounds!(a0 b1 c2 d3, a1 b2 c3 d0, a2 b3 c0 d1, a3 b0 c1 d2);
        });
        quarter_rounds!(a0 b0 c0 d0, a1 b1 c1 d1, a2 b2 c2 d2, a3 b3 c3 d3);
        let _ = (b0, b3); // nothing reads these two any more, so their last steps are dropped
        quarter_rounds_a!(a0 b1 c2 d3, a1 b2 c3 d0);
        (add(a0, splat(k0)), add(a1, splat(k1)))
    }};
}

/// Words 0 to 3 of ivs held in four vectors, one iv per 128 bits. With n ivs to a vector, lane 4b + r of the result holds
/// the iv at place b of vector r.
#[cfg(target_arch = "x86_64")]
macro_rules! transposed {
    ($load:expr) => {{
        let (row_0, row_1, row_2, row_3) = ($load(0), $load(1), $load(2), $load(3));
        let (words_01_of_rows_01, words_23_of_rows_01) = (low_words(row_0, row_1), high_words(row_0, row_1));
        let (words_01_of_rows_23, words_23_of_rows_23) = (low_words(row_2, row_3), high_words(row_2, row_3));
        [
            low_pairs(words_01_of_rows_01, words_01_of_rows_23),
            high_pairs(words_01_of_rows_01, words_01_of_rows_23),
            low_pairs(words_23_of_rows_01, words_23_of_rows_23),
            high_pairs(words_23_of_rows_01, words_23_of_rows_23),
        ]
    }};
}

/// Plain Rust whose loop over lanes the compiler may turn into vector code.
mod portable {
    use super::{CONSTANTS, Iv, join, words};

    pub const LANES: usize = 4;

    pub fn tickets(key: &[u32; 8], ivs: &[[Iv; LANES]], out: &mut [[u64; LANES]]) {
        for (ivs, out) in ivs.iter().zip(out) {
            for lane in 0..LANES {
                out[lane] = ticket(key, &ivs[lane]);
            }
        }
    }

    #[inline(always)]
    fn ticket(key: &[u32; 8], iv: &Iv) -> u64 {
        let (word_0, word_1) = keystream_words!(key, words::<4>(iv), unrolled);
        join(word_0, word_1)
    }

    #[inline(always)]
    fn splat(word: u32) -> u32 {
        word
    }

    #[inline(always)]
    fn add(a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    #[inline(always)]
    fn xor(a: u32, b: u32) -> u32 {
        a ^ b
    }

    #[inline(always)]
    fn rol<const BITS: u32>(a: u32) -> u32 {
        a.rotate_left(BITS)
    }
}

/// Eight entities per pass; rotations by whole bytes are byte shuffles.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{CONSTANTS, Iv};
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32 as add, _mm256_loadu_si256, _mm256_or_si256 as or, _mm256_permute4x64_epi64,
        _mm256_set1_epi32, _mm256_setr_epi8 as bytes, _mm256_shuffle_epi8 as shuffle, _mm256_slli_epi32 as left,
        _mm256_srli_epi32 as right, _mm256_storeu_si256, _mm256_unpackhi_epi32 as high_words,
        _mm256_unpackhi_epi64 as high_pairs, _mm256_unpacklo_epi32 as low_words, _mm256_unpacklo_epi64 as low_pairs,
        _mm256_xor_si256 as xor,
    };

    pub const LANES: usize = 8;

    #[target_feature(enable = "avx2")]
    pub fn tickets(key: &[u32; 8], ivs: &[[Iv; LANES]], out: &mut [[u64; LANES]]) {
        for (ivs, out) in ivs.iter().zip(out) {
            let (rows, _) = ivs.as_chunks::<2>();
            // SAFETY: a row is two ivs, 32 readable bytes; the load needs no alignment.
            let load = |row: usize| unsafe { _mm256_loadu_si256((&raw const rows[row]).cast()) };
            let (word_0, word_1) = keystream_words!(key, transposed!(load), rolled);
            // Entities 0, 2, 1, 3 and 4, 6, 5, 7 put in order.
            let first = _mm256_permute4x64_epi64::<0b11_01_10_00>(low_words(word_0, word_1));
            let second = _mm256_permute4x64_epi64::<0b11_01_10_00>(high_words(word_0, word_1));
            let (halves, _) = out.as_chunks_mut::<4>();
            // SAFETY: a half is four tickets, 32 writable bytes; the store needs no alignment.
            unsafe {
                _mm256_storeu_si256((&raw mut halves[0]).cast(), first);
                _mm256_storeu_si256((&raw mut halves[1]).cast(), second);
            }
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn splat(word: u32) -> __m256i {
        _mm256_set1_epi32(word.cast_signed())
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    #[rustfmt::skip]
    fn rol<const BITS: u32>(a: __m256i) -> __m256i {
        const { assert!(matches!(BITS, 7 | 8 | 12 | 16)) };
        match BITS {
            7 => or(left::<7>(a), right::<25>(a)),
            8 => shuffle(a, bytes(
                3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
                3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
            )),
            12 => or(left::<12>(a), right::<20>(a)),
            _ => shuffle(a, bytes(
                2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
                2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
            )),
        }
    }
}

/// Sixteen entities per pass, with the rotation instruction of AVX-512.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{CONSTANTS, Iv};
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi32 as add, _mm512_loadu_si512, _mm512_permutexvar_epi64, _mm512_rol_epi32 as rol,
        _mm512_set1_epi32, _mm512_setr_epi64, _mm512_storeu_si512, _mm512_unpackhi_epi32 as high_words,
        _mm512_unpackhi_epi64 as high_pairs, _mm512_unpacklo_epi32 as low_words, _mm512_unpacklo_epi64 as low_pairs,
        _mm512_xor_si512 as xor,
    };

    pub const LANES: usize = 16;

    #[target_feature(enable = "avx512f")]
    pub fn tickets(key: &[u32; 8], ivs: &[[Iv; LANES]], out: &mut [[u64; LANES]]) {
        let in_order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
        for (ivs, out) in ivs.iter().zip(out) {
            let (rows, _) = ivs.as_chunks::<4>();
            // SAFETY: a row is four ivs, 64 readable bytes; the load needs no alignment.
            let load = |row: usize| unsafe { _mm512_loadu_si512((&raw const rows[row]).cast()) };
            let (word_0, word_1) = keystream_words!(key, transposed!(load), rolled);
            // Entities 0, 4, 1, 5, 2, 6, 3, 7 and 8, 12, 9, 13, 10, 14, 11, 15 put in order.
            let first = _mm512_permutexvar_epi64(in_order, low_words(word_0, word_1));
            let second = _mm512_permutexvar_epi64(in_order, high_words(word_0, word_1));
            let (halves, _) = out.as_chunks_mut::<8>();
            // SAFETY: a half is eight tickets, 64 writable bytes; the store needs no alignment.
            unsafe {
                _mm512_storeu_si512((&raw mut halves[0]).cast(), first);
                _mm512_storeu_si512((&raw mut halves[1]).cast(), second);
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn splat(word: u32) -> __m512i {
        _mm512_set1_epi32(word.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    fn by_rand_chacha(key: &[u8; 32], iv: &Iv) -> u64 {
        let (counter, nonce) = (u128::from_le_bytes(*iv) as u64, (u128::from_le_bytes(*iv) >> 64) as u64);
        let mut stream = ChaCha20Rng::from_seed(*key);
        stream.set_stream(nonce);
        stream.set_word_pos(16 * u128::from(counter));
        stream.next_u64()
    }

    fn random_ivs(count: usize, seed: u64) -> Vec<Iv> {
        let mut source = ChaCha20Rng::seed_from_u64(seed);
        let mut ivs = vec![[0; 16]; count];
        ivs.iter_mut().for_each(|iv| source.fill_bytes(iv));
        ivs
    }

    #[test]
    fn the_block_of_rfc_8439_section_2_3_2_starts_with_its_first_two_words() {
        let key: [u8; 32] = std::array::from_fn(|i| i as u8);
        let iv = [1, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0];
        assert_eq!(ticket_scalar(&key, &iv), join(0xe4e7_f110, 0x1559_3bd1));
    }

    #[test]
    fn the_scalar_reference_equals_rand_chacha() {
        let key = [0xa7; 32];
        for iv in random_ivs(1000, 1).into_iter().chain([[0; 16], [255; 16]]) {
            assert_eq!(ticket_scalar(&key, &iv), by_rand_chacha(&key, &iv));
        }
    }

    #[test]
    fn every_kernel_equals_the_reference_on_random_keys_and_ivs() {
        for seed in 0..20 {
            let ivs = random_ivs(515, seed);
            let mut key = [0; 32];
            ChaCha20Rng::seed_from_u64(1000 + seed).fill_bytes(&mut key);
            let expected: Vec<u64> = ivs.iter().map(|iv| ticket_scalar(&key, iv)).collect();
            for kernel in kernels() {
                let mut out = vec![0; ivs.len()];
                tickets_with(kernel, &key, &ivs, &mut out);
                assert_eq!(out, expected, "{}", kernel.name());
            }
        }
    }

    #[test]
    fn every_kernel_equals_the_reference_at_every_length_and_writes_nothing_else() {
        let key = [3; 32];
        let ivs = random_ivs(100, 7);
        for kernel in kernels() {
            for length in 0..=ivs.len() {
                for start in [0, 1] {
                    let ivs = &ivs[start.min(length)..length];
                    let mut out = vec![42; ivs.len() + 2];
                    tickets_with(kernel, &key, ivs, &mut out[1..=ivs.len()]);
                    assert_eq!((out[0], out[ivs.len() + 1]), (42, 42));
                    for (iv, ticket) in ivs.iter().zip(&out[1..]) {
                        assert_eq!(*ticket, ticket_scalar(&key, iv), "{} at length {length}", kernel.name());
                    }
                }
            }
        }
    }

    #[test]
    fn the_fastest_kernel_is_the_last_of_the_list() {
        assert_eq!(kernels().last(), Some(&Kernel::fastest()));
    }
}
