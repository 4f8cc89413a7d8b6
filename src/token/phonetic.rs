//! Codes of names.

/// Letters at these places, `2` where the name is shorter (SLK-581).
pub(super) fn slk(s: &[u8], at: &[usize]) -> Vec<u8> {
    at.iter()
        .map(|&i| s.get(i).copied().unwrap_or(b'2'))
        .collect()
}

/// American Soundex of folded letters (US National Archives rules: `h` and `w` do not part equal codes).
pub(super) fn soundex(s: &[u8]) -> [u8; 4] {
    let code = |c: u8| match c {
        b'b' | b'f' | b'p' | b'v' => b'1',
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => b'2',
        b'd' | b't' => b'3',
        b'l' => b'4',
        b'm' | b'n' => b'5',
        b'r' => b'6',
        _ => 0,
    };
    let mut out = [b'0'; 4];
    out[0] = s[0];
    let (mut n, mut last) = (1, code(s[0]));
    for &c in &s[1..] {
        let k = code(c);
        if k != 0 && k != last {
            out[n] = k;
            n += 1;
            if n == 4 {
                break;
            }
        }
        if !matches!(c, b'h' | b'w') {
            last = k;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::soundex;

    #[test]
    fn soundex_is_the_national_archives_one() {
        for (name, code) in [
            ("robert", "r163"),
            ("rupert", "r163"),
            ("ashcraft", "a261"),
            ("tymczak", "t522"),
            ("pfister", "p236"),
            ("lee", "l000"),
            ("washington", "w252"),
        ] {
            assert_eq!(&soundex(name.as_bytes()), code.as_bytes(), "{name}");
        }
    }
}
