//! A source file with every mutant behind its switch.

use crate::mutant::Mutant;
use crate::splice::{Class, Kind, Splice};
use std::ops::Range;

/// What a piece of the written text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The text that only runs when this mutant is on.
    Mutant(usize),
    /// The whole of a splice.
    Splice(usize),
}

pub struct Rendered {
    pub text: String,
    pub marks: Vec<(Range<usize>, Mark)>,
}

impl Rendered {
    /// The marks around these bytes, from the innermost.
    pub fn around(&self, bytes: Range<usize>) -> Vec<Mark> {
        let around = |r: &Range<usize>| r.start <= bytes.start && bytes.end <= r.end;
        let marks = self.marks.iter().filter(|(r, _)| around(r));
        let mut marks: Vec<_> = marks.collect();
        marks.sort_by_key(|(r, _)| r.len());
        marks.into_iter().map(|(_, m)| *m).collect()
    }
}

/// A source, its splices in order, and which mutants are written.
pub struct Renderer<'a> {
    pub text: &'a str,
    pub splices: &'a [Splice],
    pub mutants: &'a [Mutant],
    pub live: &'a dyn Fn(usize) -> bool,
    /// Which `const fn`s stay constant.
    pub constant: &'a dyn Fn(usize) -> bool,
}

// Marks in the text while it is put together.
const OPEN: char = '\u{1}';
const NAMED: char = '\u{2}';
const CLOSE: char = '\u{3}';

fn marked(kind: char, number: usize, text: &str) -> String {
    format!("{OPEN}{kind}{number}{NAMED}{text}{CLOSE}")
}

fn on(number: usize) -> String {
    format!("crate::mutant::on({})", number + 1)
}

/// `if` one mutant is on its text, `else if` another ... `else` the text as it was.
fn choose(alternatives: &[(usize, String)], otherwise: &str) -> String {
    let mut out = String::new();
    for (number, text) in alternatives {
        let text = marked('m', *number, text);
        out += &format!("if {} {{ {text} }} else ", on(*number));
    }
    out + &format!("{{ {otherwise} }}")
}

impl Renderer<'_> {
    pub fn render(&self) -> Rendered {
        let whole = self.part(0..self.text.len(), 0);
        let (mut text, mut marks) = (String::with_capacity(whole.len()), Vec::new());
        let mut open = Vec::new();
        let mut rest = whole.chars();
        while let Some(c) = rest.next() {
            match c {
                OPEN => {
                    let name: String = rest.by_ref().take_while(|c| *c != NAMED).collect();
                    let number = name[1..].parse().expect("we wrote it");
                    let mark = match name.starts_with('m') {
                        true => Mark::Mutant(number),
                        false => Mark::Splice(number),
                    };
                    open.push((text.len(), mark));
                }
                CLOSE => {
                    let (start, mark) = open.pop().expect("every mark is closed once");
                    marks.push((start..text.len(), mark));
                }
                c => text.push(c),
            }
        }
        Rendered { text, marks }
    }

    fn is_live(&self, splice: &Splice) -> bool {
        if splice.const_fn.is_some_and(|f| (self.constant)(f)) {
            return false;
        }
        match splice.kind {
            Kind::Const => self.splices.iter().any(|s| {
                s.const_fn == splice.const_fn && s.mutants.iter().any(|n| (self.live)(*n))
            }),
            _ => splice.mutants.iter().any(|n| (self.live)(*n)),
        }
    }

    /// A part of the text, with the splices in it from that one on: inner ones come after the one around them.
    fn part(&self, range: Range<usize>, from: usize) -> String {
        let mut out = String::new();
        let mut done = range.start;
        for (number, s) in self.splices.iter().enumerate().skip(from) {
            let inside = s.range.start >= done
                && s.range.end <= range.end
                && !(s.range.is_empty() && s.range.start == range.start);
            if inside && self.is_live(s) {
                out += &self.text[done..s.range.start];
                out += &marked('s', number, &self.splice(number));
                done = s.range.end;
            }
        }
        out + &self.text[done..range.end]
    }

    fn splice(&self, number: usize) -> String {
        let s = &self.splices[number];
        let part = |range: &Range<usize>| self.part(range.clone(), number + 1);
        let live = s.mutants.iter().copied().filter(|n| (self.live)(*n));
        let to = |n: usize| self.mutants[n].replacement.as_str();
        let lives = |n: &Option<usize>| n.filter(|n| (self.live)(*n));
        match &s.kind {
            Kind::Const => String::new(),
            Kind::Match => part(&s.range),
            Kind::Use(values) => {
                let on = |(n, text): &(usize, String)| (self.live)(*n).then(|| (*n, text.clone()));
                let alternatives: Vec<_> = values.iter().filter_map(on).collect();
                let was = &self.text[s.range.clone()];
                format!("({})", choose(&alternatives, was))
            }
            Kind::Return => live
                .map(|n| {
                    let back = match to(n) {
                        "()" => "return;".to_owned(),
                        value => format!("return {value};"),
                    };
                    format!(" if {} {{ {} }}", on(n), marked('m', n, &back))
                })
                .collect(),
            Kind::Binary {
                class,
                left,
                op,
                right,
            } => {
                let (l, r) = (part(left), part(right));
                let was = &self.text[op.clone()];
                let each = |write: &dyn Fn(&str) -> String| {
                    let alternatives: Vec<_> = live.clone().map(|n| (n, write(to(n)))).collect();
                    choose(&alternatives, &write(was))
                };
                match (class, s.form) {
                    (Class::Compare, 0) => {
                        let both = each(&|op| format!("*l {op} *r"));
                        format!("(match (&({l}), &({r})) {{ (l, r) => {both} }})")
                    }
                    (Class::Arithmetic, 0) => {
                        let both = each(&|op| format!("l {op} r"));
                        format!("(match (({l}), ({r})) {{ (l, r) => {both} }})")
                    }
                    (Class::Lazy, 0) => {
                        let both = each(&|op| format!("l {op} ({r})"));
                        format!("({{ let l: bool = {l}; {both} }})")
                    }
                    (Class::Assign, _) => format!("({})", each(&|op| format!("{l} {op} {r}"))),
                    _ => format!("({})", each(&|op| format!("({l}) {op} ({r})"))),
                }
            }
            Kind::Unary { op, operand } => {
                let x = part(operand);
                let alternatives: Vec<_> = live.map(|n| (n, format!("({x})"))).collect();
                let was = format!("{}({x})", &self.text[op.clone()]);
                format!("({})", choose(&alternatives, &was))
            }
            Kind::Arm {
                guard,
                delete,
                always,
                never,
            } => {
                let mut terms = Vec::new();
                if let Some(n) = lives(delete) {
                    terms.push(marked('m', n, &format!("!{}", on(n))));
                }
                if let Some(guard) = guard {
                    let mut text = format!("({})", part(guard));
                    if let Some(n) = lives(never) {
                        text = format!("({} && {text})", marked('m', n, &format!("!{}", on(n))));
                    }
                    if let Some(n) = lives(always) {
                        text = format!("({} || {text})", marked('m', n, &on(n)));
                    }
                    terms.push(text);
                }
                format!(" if {} ", terms.join(" && "))
            }
            Kind::Field { name, value, base } => {
                let name = &self.text[name.clone()];
                let given = value.as_ref().map_or(name.to_owned(), part);
                let base = &self.text[base.clone()];
                let alternatives: Vec<_> = live.map(|n| (n, format!("({base}).{name}"))).collect();
                format!("{name}: ({})", choose(&alternatives, &given))
            }
        }
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
