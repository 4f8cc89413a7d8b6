//! What gates sign in a redeal, altered and signed anew.

use super::{change, list_of};
use crate::dealt::Making;
use crate::{hex, unhex};
use billetbook::keys::{KeyProvider, RoleKeys};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A dealing taken apart: what stands before what is wrapped, and what each new gate unwraps.
struct Parts {
    head: Vec<u8>,
    plain: Vec<Vec<u8>>,
}

/// Where a dealing's fields stand: header hash, dealer, hashes.
const HEADER: usize = 24;
const DEALER: usize = 125;
const HASHES: usize = 159;
const SLOTS: usize = 8;

impl Parts {
    fn of(bytes: &[u8], to: &[&RoleKeys]) -> Parts {
        let number = |at: usize| {
            let n = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            usize::try_from(n).unwrap()
        };
        let list = HASHES + 32 * SLOTS * to.len();
        let mut at = list + 4 + number(list);
        let bound = number(at);
        at += 4;
        for _ in 0..bound {
            at += 48 + 1 + 34 * usize::from(bytes[at + 48]);
            at += 1 + 42 * usize::from(bytes[at]);
        }
        let head = bytes[..at].to_vec();
        let mut plain = Vec::new();
        for (gate, key) in (1..).zip(to) {
            let sealed = &bytes[at + 4..at + 4 + number(at)];
            plain.push(key.unwrap(&info(&head, gate), sealed).unwrap().to_vec());
            at += 4 + sealed.len();
        }
        Parts { head, plain }
    }

    /// As the dealer would have signed it.
    fn sign(&self, dealer: &RoleKeys, to: &[&RoleKeys]) -> Value {
        let (mut out, mut signed) = (self.head.clone(), self.head.clone());
        for (gate, (key, plain)) in (1..).zip(to.iter().zip(&self.plain)) {
            let sealed = key.public().wrap(&info(&self.head, gate), plain).unwrap();
            out.extend_from_slice(&u32::try_from(sealed.len()).unwrap().to_be_bytes());
            out.extend_from_slice(&sealed);
            signed.extend_from_slice(&Sha256::digest(&sealed));
        }
        let signature = dealer.sign(b"billetbook/1 dealing\0", &signed).unwrap();
        out.extend_from_slice(&signature);
        hex(&out).into()
    }

    /// Another sub-share of slot 0 for the first new gate; with its hash, or without.
    fn deal_otherwise(&mut self, hashed: bool) {
        self.plain[0][0] ^= 1;
        if hashed {
            let head = &self.head;
            let (envelope, redeal) = (&head[8..24], &head[56..88]);
            let place = [head[DEALER], 1, 0];
            let label = &b"billetbook/1 sub-share\0"[..];
            let all = [label, envelope, redeal, &place, &self.plain[0][..32]].concat();
            self.head[HASHES..HASHES + 32].copy_from_slice(&Sha256::digest(all));
        }
    }
}

fn info(head: &[u8], gate: u8) -> Vec<u8> {
    [
        &b"billetbook/1 sub-shares\0"[..],
        &Sha256::digest(head),
        &[gate],
    ]
    .concat()
}

pub(super) fn dealings(m: &Making<'_>, case: &Value) -> Vec<Value> {
    let to = [0, 3, 4].map(|i| m.keys[i]);
    let dealer = m.keys[0];
    let bytes = unhex(&case["redeals"][0]["dealings"][0]);
    // The first gate released for one request: its list has one line, and one request is bound, to one use.
    let list = HASHES + 32 * SLOTS * to.len();
    let bound = list + 4 + (8 + 32 + 16 + 4 + 40 + 64);
    let shares = 32 * SLOTS;
    type Alter<'a> = &'a dyn Fn(&mut Parts);
    let rules: [(&str, &str, Alter<'_>); 9] = [
        ("as if one issued", "how many issue", &|p| p.head[7] = 1),
        ("of another header", "another dealing", &|p| {
            p.head[HEADER] ^= 1
        }),
        ("by another number", "no dealer", &|p| p.head[DEALER] = 2),
        ("a sub-share without its hash", "sub-share", &|p| {
            p.deal_otherwise(false)
        }),
        (
            "another share, dealt well",
            "it dealt another share",
            &|p| p.deal_otherwise(true),
        ),
        ("a use of another number", "uses", &|p| {
            let last = p.head.len() - 2;
            p.head[last] ^= 2;
        }),
        ("a request of another number", "another request", &|p| {
            p.head[bound + 4] ^= 1
        }),
        ("a request that is left out", "a request is missing", &|p| {
            p.head.truncate(bound);
            p.head.extend_from_slice(&[0; 4]);
        }),
        ("a revocation that is left out", "revocations", &|p| {
            for plain in &mut p.plain {
                plain.truncate(shares);
                plain.extend_from_slice(&[0; 4]);
            }
        }),
    ];
    let mut out = Vec::new();
    for (rule, why, alter) in rules {
        let mut parts = Parts::of(&bytes, &to);
        alter(&mut parts);
        let at = json!(["redeals", 0, "dealings", 0]);
        out.push(change(rule, at, parts.sign(dealer, &to), why));
    }
    let two: Vec<Value> = list_of(case, "dealings")[..2].to_vec();
    let at = json!(["redeals", 0, "dealings"]);
    out.push(change(
        "a dealer that is left out",
        at,
        two.into(),
        "not all deal",
    ));
    out
}

pub(super) fn taken(m: &Making<'_>, case: &Value) -> Vec<Value> {
    let bytes = unhex(&case["redeals"][0]["taken"][0]);
    let body = &bytes[..bytes.len() - 64];
    // After magic, key, envelope, header, redeal and epoch: number, slots, hashes, number of checks, checks.
    let (number, hashes) = (124, 126);
    let checks = hashes + 32 * SLOTS;
    type Alter<'a> = &'a dyn Fn(&mut Vec<u8>);
    let rules: [(&str, &str, Alter<'_>); 4] = [
        ("another number", "no new gate", &|b| b[number] = 2),
        ("another hash", "share", &|b| b[hashes] ^= 1),
        ("without its part of the check", "checks", &|b| {
            b.truncate(checks);
            b.push(0);
        }),
        ("another part of the check", "dealers disagree", &|b| {
            b[checks + 1] ^= 1
        }),
    ];
    let mut out = Vec::new();
    for (rule, why, alter) in rules {
        let mut body = body.to_vec();
        alter(&mut body);
        let signature = m.keys[0].sign(b"billetbook/1 taken\0", &body).unwrap();
        body.extend_from_slice(&signature);
        let at = json!(["redeals", 0, "taken", 0]);
        out.push(change(rule, at, hex(&body).into(), why));
    }
    let two: Vec<Value> = list_of(case, "taken")[..2].to_vec();
    let at = json!(["redeals", 0, "taken"]);
    out.push(change(
        "a new gate without its shares",
        at,
        two.into(),
        "not all have taken",
    ));
    out
}
