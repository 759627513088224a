//! Small numbers as Parquet packs them: runs and groups of eight, and packed differences.

/// Bits that the numbers up to `most` need.
pub fn width_of(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}

/// Appends numbers of at most `width` bits, from 1 to 32, as runs of one number and groups of eight packed ones (the format's
/// RLE/bit-packing hybrid).
pub fn runs_and_groups(numbers: &[u32], width: u32, into: &mut Vec<u8>) {
    /// Groups that a run of one number has at least.
    const RUN: usize = 2;
    let (mut packed, mut at) = (0, 0);
    while at + 8 <= numbers.len() {
        let first = numbers[at];
        let is_run = |group: &[u32]| group.iter().fold(0, |other, number| other | (number ^ first)) == 0;
        if !is_run(&numbers[at..at + 8]) {
            at += 8;
            continue;
        }
        let groups = 1 + numbers[at + 8..].chunks_exact(8).take_while(|group| is_run(group)).count();
        if groups >= RUN {
            groups_of_eight(&numbers[packed..at], width, into);
            varint((groups * 8) as u64 * 2, into);
            into.extend_from_slice(&first.to_le_bytes()[..width.div_ceil(8) as usize]);
            packed = at + groups * 8;
        }
        at += groups * 8;
    }
    groups_of_eight(&numbers[packed..], width, into);
}

/// The last group is filled with zeros.
fn groups_of_eight(numbers: &[u32], width: u32, into: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(8);
    varint(groups as u64 * 2 + 1, into);
    let end = into.len() + groups * width as usize;
    pack(numbers, width, into);
    into.resize(end, 0);
}

/// Numbers of `width` bits behind each other, least bit first; the last byte is filled with zeros.
fn pack(numbers: &[u32], width: u32, into: &mut Vec<u8>) {
    let (mut held, mut bits) = (0u64, 0);
    into.reserve(numbers.len() * width as usize / 8 + 8);
    for &number in numbers {
        held |= u64::from(number) << bits;
        bits += width;
        if bits >= 32 {
            into.extend_from_slice(&(held as u32).to_le_bytes());
            held >>= 32;
            bits -= 32;
        }
    }
    into.extend_from_slice(&held.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Appends numbers as differences in blocks of 128, each with the width of its largest (the format's `DELTA_BINARY_PACKED`).
pub fn packed_differences(numbers: &[i32], into: &mut Vec<u8>) {
    const BLOCK: usize = 128;
    const MINIBLOCKS: usize = 4;
    varint(BLOCK as u64, into);
    varint(MINIBLOCKS as u64, into);
    varint(numbers.len() as u64, into);
    let first = numbers.first().copied().unwrap_or(0);
    varint(zigzag(first), into);
    let mut differences = [0i32; BLOCK];
    let mut before = first;
    for block in numbers.get(1..).unwrap_or_default().chunks(BLOCK) {
        for (difference, &number) in differences.iter_mut().zip(block) {
            *difference = number.wrapping_sub(before);
            before = number;
        }
        let own = &differences[..block.len()];
        let least = own.iter().copied().min().unwrap_or(0);
        varint(zigzag(least), into);
        let widths = into.len();
        into.extend_from_slice(&[0; MINIBLOCKS]);
        let mut packed = [0; BLOCK / MINIBLOCKS];
        for (place, miniblock) in own.chunks(BLOCK / MINIBLOCKS).enumerate() {
            packed.fill(0);
            for (above, &difference) in packed.iter_mut().zip(miniblock) {
                *above = difference.wrapping_sub(least) as u32;
            }
            let width = width_of(packed.iter().fold(0, |all, number| all | number));
            into[widths + place] = width as u8;
            if width > 0 {
                pack(&packed, width, into);
            }
        }
    }
}

fn zigzag(number: i32) -> u64 {
    u64::from((number << 1 ^ number >> 31) as u32)
}

fn varint(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_varint(bytes: &mut &[u8]) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }

    fn unpack(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        let bit = |at: usize| u32::from(bytes[at / 8] >> (at % 8) & 1);
        let number = |at: usize| (0..width as usize).fold(0, |sum, own| sum | bit(at * width as usize + own) << own);
        (0..count).map(number).collect()
    }

    /// As the format describes runs and groups.
    fn read_runs_and_groups(mut bytes: &[u8], width: u32) -> Vec<u32> {
        let mut numbers = Vec::new();
        while !bytes.is_empty() {
            let header = read_varint(&mut bytes);
            let count = (header >> 1) as usize;
            let length = if header & 1 == 0 { width.div_ceil(8) as usize } else { count * width as usize };
            let (own, behind) = bytes.split_at(length);
            if header & 1 == 0 {
                let mut number = [0; 4];
                number[..length].copy_from_slice(own);
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(number), count));
            } else {
                numbers.extend(unpack(own, width, count * 8));
            }
            bytes = behind;
        }
        numbers
    }

    proptest! {
        #[test]
        fn runs_and_groups_are_read_back(
            stretches in prop::collection::vec((any::<u32>(), 1usize..40, any::<bool>()), 0..12),
            width in 1u32..=32,
        ) {
            let narrow = |number: u32| (u64::from(number) & ((1 << width) - 1)) as u32;
            let numbers: Vec<u32> = stretches
                .iter()
                .flat_map(|&(number, length, is_run)| {
                    (0..length as u32).map(move |at| if is_run { number } else { number.wrapping_mul(at) })
                })
                .map(narrow)
                .collect();
            let mut bytes = Vec::new();
            runs_and_groups(&numbers, width, &mut bytes);
            let read = read_runs_and_groups(&bytes, width);
            prop_assert!(read.len() < numbers.len() + 8);
            prop_assert_eq!(&read[..numbers.len()], &numbers[..]);
        }
    }

    #[test]
    fn a_width_is_that_of_the_largest_number() {
        assert_eq!([0, 1, 2, 3, 4, 255, 256, u32::MAX].map(width_of), [0, 1, 2, 2, 3, 8, 9, 32]);
    }
}
