//! Match keys in words.

/// A key such as `given.any+family.ends+birth` in words; parts without words stand as they are.
pub(crate) fn key_in_words(id: &str) -> String {
    let parts: Vec<String> = id.split('+').map(part).collect();
    parts.join(", ")
}

fn part(id: &str) -> String {
    let (field, how) = id.split_once('.').unwrap_or((id, ""));
    let name = match field {
        "given" => "given name",
        "middle" => "middle name",
        "family" => "family name",
        "names" => "both names",
        "birth" => "birth date",
        "code" => "postcode",
        "locality" => "locality",
        "address" => "address",
        "nhs" => "NHS number",
        "upn" => "UPN",
        "uln" => "ULN",
        "chi" => "CHI number",
        "sex" => "sex",
        _ => return id.to_owned(),
    };
    let how = match (field, how) {
        (_, "") => return name.to_owned(),
        ("given", "any") => "or known-as",
        ("family", "any") => "or an earlier one",
        (_, "any") => "or a former one",
        (_, "full") => "with middle names",
        (_, "formal" | "nickname") => "or its nickname",
        (_, "corrected" | "near") => "or one letter apart",
        (_, "ends") => "its beginning or end",
        (_, "letters") => "most letters",
        (_, "initial") => "its initial",
        (_, "first3") => "its first three letters",
        (_, "soundex") => "by its sound",
        (_, "slk") => "letters of SLK-581",
        (_, "either") => "in either order",
        (_, "sorted") => "letters in any order",
        (_, "ends_either") => "beginnings or ends, in either order",
        (_, "swapped") => "day and month in either order",
        (_, "two_parts") => "two of its parts",
        (_, "parts") => "one of its parts",
        (_, "month") => "year and month",
        (_, "year") => "the year",
        (_, "sector") => "its sector",
        (_, "short") => "but for its last character",
        (_, other) => other,
    };
    format!("{name} ({how})")
}

#[cfg(test)]
mod tests {
    use super::key_in_words;
    use billetbook::token::Transform;

    #[test]
    fn every_transform_that_links_has_words() {
        for t in Transform::ALL {
            let name = t.name();
            if !name.starts_with("has.") {
                let words = key_in_words(name);
                let raw = name.split_once('.').map(|x| format!("({})", x.1));
                let plain = ["initial", "month", "year"];
                assert!(
                    raw.is_none_or(|r| !words.contains(&r) || plain.contains(&r.as_str())),
                    "{words}"
                );
            }
        }
        assert_eq!(
            key_in_words("given.any+family+birth"),
            "given name (or known-as), family name, birth date"
        );
    }
}
