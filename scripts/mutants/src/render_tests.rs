use super::*;
use crate::constants::{Constants, constants};
use crate::mutant::{Source, Sources};
use crate::splice::places;

/// Mutants of a text: (genre, what is replaced, which occurrence, replacement).
fn rendered(text: &str, wanted: &[(&str, &str, usize, &str)], form: u8) -> Rendered {
    let source = Source::new(text.to_owned());
    let mutant = |(genre, of, nth, to): &(&str, &str, usize, &str)| {
        let start = text.match_indices(of).nth(*nth).unwrap().0;
        Mutant {
            file: "src/a.rs".into(),
            function: "f".into(),
            genre: (*genre).into(),
            name: String::new(),
            replacement: (*to).into(),
            at: start..start + of.len(),
            key: String::new(),
        }
    };
    let mutants: Vec<Mutant> = wanted.iter().map(mutant).collect();
    let numbered: Vec<_> = mutants.iter().enumerate().collect();
    let mut found = places(&source, &numbered, &Constants::new()).unwrap();
    assert!(found.plain.is_empty() && found.unviable.is_empty());
    found.splices.iter_mut().for_each(|s| s.form = form);
    let renderer = Renderer {
        text,
        splices: &found.splices,
        mutants: &mutants,
        live: &|_| true,
        constant: &|_| false,
    };
    let rendered = renderer.render();
    syn::parse_file(&rendered.text).unwrap();
    rendered
}

#[test]
fn a_comparison_is_made_of_values_computed_once() {
    let text = "fn f(a: u8, b: u8) -> bool { g(a) < b }";
    let wanted = [
        ("BinaryOperator", "<", 0, "<="),
        ("BinaryOperator", "<", 0, "=="),
    ];
    let out = rendered(text, &wanted, 0).text;
    assert_eq!(
        out,
        "fn f(a: u8, b: u8) -> bool { (match (&(g(a)), &(b)) { (l, r) => if crate::mutant::on(1) { *l <= *r } else if \
         crate::mutant::on(2) { *l == *r } else { *l < *r } }) }"
    );
    let out = rendered(text, &wanted[..1], 1).text;
    assert!(
        out.contains("(if crate::mutant::on(1) { (g(a)) <= (b) } else { (g(a)) < (b) })"),
        "{out}"
    );
}

#[test]
fn inner_places_are_written_inside_outer_ones() {
    let text = "fn f(a: bool, b: u8) -> bool { a && !(b + 1 == 2) }";
    let wanted = [
        ("FnValue", "a && !(b + 1 == 2)", 0, "true"),
        ("BinaryOperator", "&&", 0, "||"),
        ("UnaryOperator", "!", 0, ""),
        ("BinaryOperator", "==", 0, "!="),
        ("BinaryOperator", "+", 0, "-"),
    ];
    let out = rendered(text, &wanted, 0);
    for n in 1..=wanted.len() {
        assert!(
            out.text.contains(&format!("crate::mutant::on({n})")),
            "{n}: {}",
            out.text
        );
    }
    assert!(
        out.text.starts_with(
            "fn f(a: bool, b: u8) -> bool { if crate::mutant::on(1) { return true; } "
        )
    );
    assert!(out.text.contains("let l: bool = a;"));
    // An error in the innermost text is that mutant's.
    let at = out.text.find("l - r").unwrap();
    assert_eq!(out.around(at..at + 1).first(), Some(&Mark::Mutant(4)));
    let at = out.text.find("let l: bool").unwrap();
    assert!(matches!(out.around(at..at + 3)[0], Mark::Splice(_)));
    assert!(out.around(0..2).is_empty());
}

#[test]
fn arms_and_fields_have_switches() {
    let text = "fn f(a: T) -> T { match a.b { 1 if a.c > 2 => T { b: 3, ..a }, 4 => a, _ => T { c, ..a } } }";
    let wanted = [
        ("MatchArm", "1 if a.c > 2 => T { b: 3, ..a },", 0, ""),
        ("MatchArmGuard", "a.c > 2", 0, "true"),
        ("MatchArmGuard", "a.c > 2", 0, "false"),
        ("MatchArm", "4 => a,", 0, ""),
        ("StructField", "b: 3,", 0, ""),
        ("StructField", "c,", 0, ""),
    ];
    let out = rendered(text, &wanted, 0).text;
    let guard = "1 if !crate::mutant::on(1) && (crate::mutant::on(2) || (!crate::mutant::on(3) && (a.c > 2))) =>";
    assert!(out.contains(guard), "{out}");
    assert!(out.contains("4 if !crate::mutant::on(4) =>"), "{out}");
    assert!(
        out.contains("b: (if crate::mutant::on(5) { (a).b } else { 3 })"),
        "{out}"
    );
    assert!(
        out.contains("c: (if crate::mutant::on(6) { (a).c } else { c })"),
        "{out}"
    );
}

#[test]
fn a_const_fn_with_a_switch_is_none_and_constants_have_no_switch() {
    let text = "const fn f() -> u8 { 1 + 2 }";
    let out = rendered(text, &[("BinaryOperator", "+", 0, "*")], 0).text;
    assert!(out.trim_start().starts_with("fn f()"), "{out}");

    let text = "const A: u8 = 1 + 2;\nfn f(a: bool) -> bool { if let Some(b) = g() && a { b } else { a } }";
    let mutant = |genre: &str, of: &str, to: &str| {
        let start = text.find(of).unwrap();
        Mutant {
            file: "src/a.rs".into(),
            function: String::new(),
            genre: genre.into(),
            name: String::new(),
            replacement: to.into(),
            at: start..start + of.len(),
            key: String::new(),
        }
    };
    let mutants = [
        mutant("BinaryOperator", "+", "-"),
        mutant("BinaryOperator", "&&", "||"),
    ];
    let numbered: Vec<_> = mutants.iter().enumerate().collect();
    let found = places(&Source::new(text.into()), &numbered, &Constants::new()).unwrap();
    assert_eq!((found.plain, found.unviable), (vec![0], vec![1]));
    assert!(found.splices.is_empty());
}

/// Only where a switch can stand at every use of a constant are its mutants tried so.
#[test]
fn a_constant_has_its_switch_where_it_is_used() {
    let with = |uses: &str| {
        let text = format!("const MOST: usize = 2 * 8;\nfn f(a: usize) -> bool {{ {uses} }}");
        let start = text.find('*').unwrap();
        let mutant = Mutant {
            file: "src/a.rs".into(),
            function: String::new(),
            genre: "BinaryOperator".into(),
            name: String::new(),
            replacement: "+".into(),
            at: start..start + 1,
            key: String::new(),
        };
        let mutants = [mutant];
        let sources: Sources = [("src/a.rs".to_owned(), Source::new(text.clone()))].into();
        let values = constants(&sources, &mutants).unwrap();
        let numbered: Vec<_> = mutants.iter().enumerate().collect();
        let found = places(&sources["src/a.rs"], &numbered, &values).unwrap();
        let renderer = Renderer {
            text: &text,
            splices: &found.splices,
            mutants: &mutants,
            live: &|_| true,
            constant: &|_| false,
        };
        renderer.render().text
    };
    let switch = "(if crate::mutant::on(1) { 2 + 8 } else { MOST })";
    assert!(with("a < MOST").contains(&format!("a < {switch}")));
    assert!(with("a < MOST && g(self::MOST)").contains("self::MOST })"));
    for fixed in [
        "[0; MOST].len() < a",
        "matches!(a, 0..MOST)",
        "match a { MOST => true, _ => a < MOST }",
    ] {
        assert!(!with(fixed).contains("mutant::on"), "{fixed}");
    }
}
