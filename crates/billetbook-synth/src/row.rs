//! A child as an agency's file has it, errors and all.

use crate::Row;
use crate::errors::ErrorModel;
use crate::forms::{SHORT, SPELLINGS, variant};
use crate::names::SHARES;
use crate::typo::typo;
use crate::world::{Child, LAST_YEAR, World, days};
use rand::RngExt;

/// A row as an agency would hold it, errors and all.
pub(crate) fn row(world: &mut World, child: &Child, e: &ErrorModel, agency: usize) -> Row {
    let factor = if child.tradition == 0 {
        1.0
    } else {
        e.other_tradition_factor
    };
    let mut situation = String::new();
    let mut tell = |word: &str| {
        if situation.is_empty() {
            situation = word.to_owned();
        }
    };
    let mut given = child.given.clone();
    let mut middle = child.middle.clone();
    let mut family = child.family.clone();
    let mut previous = String::new();
    let mut known = child.known_as.clone();
    if child.twin {
        tell("twin");
    }
    if world.chance(e.nickname)
        && let Some(short) = variant(&given, SHORT, &mut world.rng)
    {
        if world.chance(0.3) {
            known = short;
        } else {
            given = short;
        }
        tell("nickname");
    }
    if world.chance(e.transliterated * factor)
        && let Some(other) = variant(&given, SPELLINGS, &mut world.rng)
    {
        given = other;
        tell("transliterated");
    }
    if world.chance(e.family_changed) {
        previous = if world.chance(e.previous_listed) {
            family
        } else {
            String::new()
        };
        family = child.other_family.clone();
        tell("surname_changed");
    }
    if family.contains('-') {
        if world.chance(e.hyphen_half) {
            let halves = family
                .split_once('-')
                .map(|(a, b)| (a.to_owned(), b.to_owned()));
            if let Some((a, b)) = halves {
                family = if world.chance(0.5) { a } else { b };
            }
        }
        tell("hyphenated");
    }
    if world.chance(e.given_typo * factor) {
        given = typo(&given, &mut world.rng);
    }
    if world.chance(e.family_typo * factor) {
        family = typo(&family, &mut world.rng);
    }
    if world.chance(e.middle_in_given) && !middle.is_empty() {
        given = format!("{given} {middle}");
        middle = String::new();
    }
    if world.chance(e.names_swapped) {
        std::mem::swap(&mut given, &mut family);
    }
    if world.chance(e.given_missing) {
        given = String::new();
    }
    if world.chance(e.unnamed_baby) || child.unborn {
        given = "Baby".to_owned();
        middle = String::new();
        known = String::new();
    }
    if world.chance(e.family_missing) {
        family = String::new();
    }
    let (mut y, mut m, mut d) = child.birth;
    if world.chance(e.birth_swapped) && d <= 12 {
        std::mem::swap(&mut d, &mut m);
    }
    if world.chance(e.birth_typo) {
        match world.rng.random_range(0..3) {
            0 => y = y - 2 + world.rng.random_range(0..4),
            1 => m = world.rng.random_range(1..=12),
            _ => d = world.rng.random_range(1..=28),
        }
        d = d.min(days(y, m));
    }
    if world.chance(e.birth_first_january) {
        (m, d) = (1, 1);
    }
    let mut postcode = child.postcode.clone();
    let mut previous_postcode = String::new();
    if world.chance(e.moved) {
        if world.chance(e.previous_postcode_listed) {
            previous_postcode = postcode;
        }
        postcode = child.old_postcode.clone();
        tell("moved");
    }
    if world.chance(e.postcode_typo) {
        postcode = typo(&postcode.to_lowercase(), &mut world.rng).to_uppercase();
    }
    if world.chance(e.postcode_missing) {
        postcode = String::new();
    }
    let sex = if world.chance(e.sex_missing) {
        String::new()
    } else {
        let wrong = world.chance(e.sex_wrong);
        match (child.sex == 'm', wrong, agency % 3) {
            (male, wrong, 0) => {
                if male != wrong {
                    "M"
                } else {
                    "F"
                }
            }
            (male, wrong, 1) => {
                if male != wrong {
                    "Male"
                } else {
                    "Female"
                }
            }
            (male, wrong, _) => {
                if male != wrong {
                    "1"
                } else {
                    "2"
                }
            }
        }
        .to_owned()
    };
    let mut nhs = if world.chance(e.nhs_present) && !child.unborn {
        child.nhs.clone()
    } else {
        String::new()
    };
    if !nhs.is_empty() && !child.twin_nhs.is_empty() && world.chance(e.nhs_of_twin) {
        nhs.clone_from(&child.twin_nhs);
    }
    if !nhs.is_empty() && world.chance(e.nhs_typo) {
        nhs = typo(&nhs, &mut world.rng);
    }
    let school = child.birth.0 + 5 <= LAST_YEAR;
    let upn = if school && world.chance(e.upn_present) {
        child.upn.clone()
    } else if world.chance(e.upn_unknown_code) {
        if school { "UN3" } else { "UN1" }.to_owned()
    } else {
        String::new()
    };
    let date = if agency.is_multiple_of(2) {
        format!("{d:02}/{m:02}/{y:04}")
    } else {
        format!("{y:04}-{m:02}-{d:02}")
    };
    let (mut birth, mut expected) = if child.unborn {
        (String::new(), date)
    } else {
        (date, String::new())
    };
    if world.chance(e.birth_missing) {
        birth = String::new();
        expected = String::new();
    }
    let case = |name: &str| {
        if agency % 2 == 1 {
            name.to_uppercase()
        } else {
            title(name)
        }
    };
    let origin = SHARES[child.tradition].0;
    let ethnic = match origin {
        "anglo" => "WBRI",
        "muslim" => "APKN",
        "african" => "BAFR",
        "asian" => "CHNE",
        _ => "WOTH",
    };
    let tell = if situation.is_empty() {
        "none".to_owned()
    } else {
        situation
    };
    Row {
        values: [
            String::new(),
            case(&given),
            case(&middle),
            case(&family),
            case(&previous),
            case(&known),
            birth,
            expected,
            sex,
            postcode,
            previous_postcode,
            String::new(),
            String::new(),
            String::new(),
            nhs,
            upn,
            String::new(),
            String::new(),
            if child.shielded { "true" } else { "" }.to_owned(),
            ethnic.to_owned(),
            origin.to_owned(),
            tell,
        ],
        cluster: child.cluster,
    }
}

fn title(name: &str) -> String {
    let mut out = String::new();
    let mut start = true;
    for c in name.chars() {
        if start {
            out.extend(c.to_uppercase())
        } else {
            out.push(c)
        }
        start = !c.is_alphabetic();
    }
    out
}
