//! CityHash64 of Pike and Alakuijala, in the first version, which Flux uses.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;
const K3: u64 = 0xc949_d7c7_509e_6557;

/// Eight bytes from `at`; bytes behind the end count as zero.
fn u64_at(text: &[u8], at: usize) -> u64 {
    (0..8).rev().fold(0, |sum, i| (sum << 8) | u64::from(text.get(at + i).copied().unwrap_or(0)))
}

fn u32_at(text: &[u8], at: usize) -> u64 {
    u64_at(text, at) & 0xffff_ffff
}

fn shift_mix(value: u64) -> u64 {
    value ^ (value >> 47)
}

fn hash_16(low: u64, high: u64) -> u64 {
    const MUL: u64 = 0x9ddf_ea08_eb38_2d69;
    let a = shift_mix((low ^ high).wrapping_mul(MUL));
    shift_mix((high ^ a).wrapping_mul(MUL)).wrapping_mul(MUL)
}

fn up_to_16(s: &[u8]) -> u64 {
    let len = s.len();
    match len {
        0 => K2,
        1..=3 => {
            let byte = |i: usize| u64::from(s.get(i).copied().unwrap_or(0));
            let (a, b, c) = (byte(0), byte(len >> 1), byte(len - 1));
            let (y, z) = (a + (b << 8), len as u64 + (c << 2));
            shift_mix(y.wrapping_mul(K2) ^ z.wrapping_mul(K3)).wrapping_mul(K2)
        }
        4..=8 => {
            let a = u32_at(s, 0);
            hash_16((len as u64).wrapping_add(a << 3), u32_at(s, len - 4))
        }
        _ => {
            let (a, b) = (u64_at(s, 0), u64_at(s, len - 8));
            hash_16(a, b.wrapping_add(len as u64).rotate_right(len as u32)) ^ b
        }
    }
}

fn up_to_32(s: &[u8]) -> u64 {
    let len = s.len();
    let a = u64_at(s, 0).wrapping_mul(K1);
    let b = u64_at(s, 8);
    let c = u64_at(s, len - 8).wrapping_mul(K2);
    let d = u64_at(s, len - 16).wrapping_mul(K0);
    hash_16(
        a.wrapping_sub(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d),
        a.wrapping_add((b ^ K3).rotate_right(20)).wrapping_sub(c).wrapping_add(len as u64),
    )
}

/// Four words and two seeds, mixed into two words.
fn weak_32(s: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let [w, x, y, z] = [0, 8, 16, 24].map(|i| u64_at(s, at + i));
    let a = a.wrapping_add(w);
    let mut b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let c = a;
    let a = a.wrapping_add(x).wrapping_add(y);
    b = b.wrapping_add(a.rotate_right(44));
    (a.wrapping_add(z), b.wrapping_add(c))
}

fn up_to_64(s: &[u8]) -> u64 {
    let len = s.len();
    let half = |start: u64, middle: [u64; 2], last: u64| {
        let c = start.rotate_right(37);
        let a = start.wrapping_add(middle[0]);
        let c = c.wrapping_add(a.rotate_right(7));
        let a = a.wrapping_add(middle[1]);
        let b = start.wrapping_add(last).rotate_right(52);
        (a.wrapping_add(last), b.wrapping_add(a.rotate_right(31)).wrapping_add(c))
    };
    let start = u64_at(s, 0).wrapping_add((len as u64).wrapping_add(u64_at(s, len - 16)).wrapping_mul(K0));
    let (vf, vs) = half(start, [u64_at(s, 8), u64_at(s, 16)], u64_at(s, 24));
    let start = u64_at(s, 16).wrapping_add(u64_at(s, len - 32));
    let (wf, ws) = half(start, [u64_at(s, len - 24), u64_at(s, len - 16)], u64_at(s, len - 8));
    let r = shift_mix(vf.wrapping_add(ws).wrapping_mul(K2).wrapping_add(wf.wrapping_add(vs).wrapping_mul(K0)));
    shift_mix(r.wrapping_mul(K0).wrapping_add(vs)).wrapping_mul(K2)
}

/// The hash of a text.
pub(super) fn cityhash64(s: &[u8]) -> u64 {
    let len = s.len();
    match len {
        0..=16 => return up_to_16(s),
        17..=32 => return up_to_32(s),
        33..=64 => return up_to_64(s),
        _ => {}
    }
    let mut y = u64_at(s, len - 16) ^ K1;
    let mut v = weak_32(s, len - 64, len as u64, y);
    let mut w = weak_32(s, len - 32, (len as u64).wrapping_mul(K1), K0);
    let mut z = (u64_at(s, len - 56) ^ K0).wrapping_add(shift_mix(v.1).wrapping_mul(K1));
    let mut x = z.wrapping_add(u64_at(s, 0)).rotate_right(39).wrapping_mul(K1);
    y = y.rotate_right(33).wrapping_mul(K1);
    for block in 0..(len - 1) / 64 {
        let at = block * 64;
        x = x.wrapping_add(y).wrapping_add(v.0).wrapping_add(u64_at(s, at + 16)).rotate_right(37).wrapping_mul(K1);
        y = y.wrapping_add(v.1).wrapping_add(u64_at(s, at + 48)).rotate_right(42).wrapping_mul(K1);
        x ^= w.1;
        y ^= v.0;
        z = (z ^ w.0).rotate_right(33);
        v = weak_32(s, at, v.1.wrapping_mul(K1), x.wrapping_add(w.0));
        w = weak_32(s, at + 32, z.wrapping_add(w.1), y);
        std::mem::swap(&mut z, &mut x);
    }
    hash_16(
        hash_16(v.0, w.0).wrapping_add(shift_mix(y).wrapping_mul(K1)).wrapping_add(z),
        hash_16(v.1, w.1).wrapping_add(x),
    )
}
