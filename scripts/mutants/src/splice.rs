//! Where in a source file mutants stand, as places that can be written with a switch.

use crate::constants::Constants;
use crate::mutant::{Mutant, Source};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr};

/// A piece of source in whose place something with switches is written.
#[derive(Debug)]
pub struct Splice {
    pub range: Range<usize>,
    pub kind: Kind,
    /// Numbers of its mutants.
    pub mutants: Vec<usize>,
    /// Which of the ways to write it; the next is tried where one does not compile.
    pub form: u8,
    /// The `const fn` around it.
    pub const_fn: Option<usize>,
}

#[derive(Debug)]
pub enum Kind {
    /// At the start of a function's body: return something else.
    Return,
    Binary {
        class: Class,
        left: Range<usize>,
        op: Range<usize>,
        right: Range<usize>,
    },
    /// `!x` and `-x`.
    Unary {
        op: Range<usize>,
        operand: Range<usize>,
    },
    /// What a `match` looks at: only a mark, for its mutants may leave cases out.
    Match,
    /// Between a match arm's pattern and its arrow.
    Arm {
        guard: Option<Range<usize>>,
        delete: Option<usize>,
        always: Option<usize>,
        never: Option<usize>,
    },
    /// A field of a struct expression that has a base.
    Field {
        name: Range<usize>,
        value: Option<Range<usize>>,
        base: Range<usize>,
    },
    /// A constant that has other values by its mutants.
    Use(Vec<(usize, String)>),
    /// The word `const` of a `const fn`, which may not look at a switch.
    Const,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Compare,
    Lazy,
    Arithmetic,
    Assign,
}

/// A file's places.
pub struct Places {
    pub splices: Vec<Splice>,
    /// Names of its `const fn`s.
    pub const_fns: Vec<String>,
    /// What cannot compile: `||` beside `let`.
    pub unviable: Vec<usize>,
    /// What stands where no switch can be: in a constant, or where syn finds no such code.
    pub plain: Vec<usize>,
}

/// Finds the places of a file's mutants, given with their numbers.
pub fn places(
    source: &Source,
    mutants: &[(usize, &Mutant)],
    values: &Constants,
) -> syn::Result<Places> {
    let parsed = syn::parse_file(&source.text)?;
    let mut at: HashMap<(&str, usize), Vec<usize>> = HashMap::new();
    for (number, m) in mutants {
        at.entry((m.genre.as_str(), m.at.start))
            .or_default()
            .push(*number);
    }
    let replacement = mutants.iter().map(|(n, m)| (*n, m.replacement.as_str()));
    let mut find = Find {
        source,
        values,
        at,
        replacement: replacement.collect(),
        constants: 0,
        const_fn: None,
        out: Places {
            splices: Vec::new(),
            const_fns: Vec::new(),
            unviable: Vec::new(),
            plain: Vec::new(),
        },
    };
    find.visit_file(&parsed);
    let mut out = find.out;
    let seen: HashSet<usize> = (out.splices.iter().flat_map(|s| &s.mutants))
        .chain(&out.unviable)
        .chain(&out.plain)
        .copied()
        .collect();
    let all = mutants.iter().map(|(n, _)| *n);
    out.plain.extend(all.filter(|n| !seen.contains(n)));
    // Outer before inner; what is put in between before what begins there.
    out.splices.sort_by_key(|s| {
        let empty = s.range.is_empty();
        (s.range.start, !empty, std::cmp::Reverse(s.range.end))
    });
    Ok(out)
}

struct Find<'a> {
    source: &'a Source,
    values: &'a Constants,
    at: HashMap<(&'a str, usize), Vec<usize>>,
    replacement: HashMap<usize, &'a str>,
    /// How many constants we are in.
    constants: usize,
    const_fn: Option<usize>,
    out: Places,
}

impl Find<'_> {
    fn range(&self, node: &impl Spanned) -> Range<usize> {
        let span = node.span();
        let (start, end) = (span.start(), span.end());
        self.source.byte(start.line, start.column)..self.source.byte(end.line, end.column)
    }

    fn start(&self, node: &impl Spanned) -> usize {
        self.range(node).start
    }

    fn take(&mut self, genre: &'static str, start: usize) -> Vec<usize> {
        let found = self.at.remove(&(genre, start)).unwrap_or_default();
        if self.constants > 0 {
            self.out.plain.extend(found);
            return Vec::new();
        }
        found
    }

    fn push(&mut self, range: Range<usize>, kind: Kind, mutants: Vec<usize>) {
        if !mutants.is_empty() || matches!(kind, Kind::Const) {
            self.out.splices.push(Splice {
                range,
                kind,
                mutants,
                form: 0,
                const_fn: self.const_fn,
            });
        }
    }

    fn function(
        &mut self,
        sig: &syn::Signature,
        block: &syn::Block,
        inside: impl FnOnce(&mut Self),
    ) {
        let (constants, before) = (self.constants, self.const_fn);
        self.constants = 0;
        self.const_fn = sig.constness.map(|word| {
            let range = self.range(&word);
            self.out.const_fns.push(sig.ident.to_string());
            let number = self.out.const_fns.len() - 1;
            self.const_fn = Some(number);
            self.push(range, Kind::Const, Vec::new());
            number
        });
        if let Some(first) = block.stmts.first() {
            let mutants = self.take("FnValue", self.start(first));
            // A hidden type is one type: what else a function returns has to be built by itself.
            let hidden = matches!(&sig.output, syn::ReturnType::Type(_, t) if has_impl(t));
            let mutants = if hidden {
                self.out.plain.extend(mutants);
                Vec::new()
            } else {
                mutants
            };
            let after = self.range(&block.brace_token.span.open()).end;
            self.push(after..after, Kind::Return, mutants);
        }
        inside(self);
        (self.constants, self.const_fn) = (constants, before);
    }

    fn constant(&mut self, inside: impl FnOnce(&mut Self)) {
        self.constants += 1;
        inside(self);
        self.constants -= 1;
    }
}

/// Whether a hidden type (`impl Trait`) is part of this one.
fn has_impl(t: &syn::Type) -> bool {
    struct Find(bool);
    impl Visit<'_> for Find {
        fn visit_type_impl_trait(&mut self, _: &syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut find = Find(false);
    find.visit_type(t);
    find.0
}

/// Whether an operand of `&&` is a `let`.
fn has_let(e: &Expr) -> bool {
    match e {
        Expr::Let(_) => true,
        Expr::Binary(b) if matches!(b.op, BinOp::And(_)) => has_let(&b.left) || has_let(&b.right),
        _ => false,
    }
}

fn class(op: &BinOp) -> Class {
    match op {
        BinOp::And(_) | BinOp::Or(_) => Class::Lazy,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
            Class::Compare
        }
        BinOp::Add(_)
        | BinOp::Sub(_)
        | BinOp::Mul(_)
        | BinOp::Div(_)
        | BinOp::Rem(_)
        | BinOp::BitXor(_)
        | BinOp::BitAnd(_)
        | BinOp::BitOr(_)
        | BinOp::Shl(_)
        | BinOp::Shr(_) => Class::Arithmetic,
        _ => Class::Assign,
    }
}

impl<'ast> Visit<'ast> for Find<'_> {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.function(&f.sig, &f.block, |s| visit::visit_item_fn(s, f));
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        self.function(&f.sig, &f.block, |s| visit::visit_impl_item_fn(s, f));
    }

    fn visit_trait_item_fn(&mut self, f: &'ast syn::TraitItemFn) {
        if let Some(block) = &f.default {
            self.function(&f.sig, block, |s| visit::visit_trait_item_fn(s, f));
        }
    }

    fn visit_item_const(&mut self, c: &'ast syn::ItemConst) {
        self.constant(|s| visit::visit_item_const(s, c));
    }

    fn visit_item_static(&mut self, c: &'ast syn::ItemStatic) {
        self.constant(|s| visit::visit_item_static(s, c));
    }

    fn visit_impl_item_const(&mut self, c: &'ast syn::ImplItemConst) {
        self.constant(|s| visit::visit_impl_item_const(s, c));
    }

    fn visit_trait_item_const(&mut self, c: &'ast syn::TraitItemConst) {
        self.constant(|s| visit::visit_trait_item_const(s, c));
    }

    fn visit_expr_const(&mut self, c: &'ast syn::ExprConst) {
        self.constant(|s| visit::visit_expr_const(s, c));
    }

    fn visit_type_array(&mut self, t: &'ast syn::TypeArray) {
        self.constant(|s| visit::visit_type_array(s, t));
    }

    fn visit_expr_repeat(&mut self, r: &'ast syn::ExprRepeat) {
        self.visit_expr(&r.expr);
        // The length of an array is a constant, that of `vec!` is in a macro.
        self.constant(|s| s.visit_expr(&r.len));
    }

    fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
        let op = self.range(&e.op);
        let mutants = self.take("BinaryOperator", op.start);
        let class = class(&e.op);
        if class == Class::Lazy && (has_let(&e.left) || has_let(&e.right)) {
            self.out.unviable.extend(mutants);
        } else {
            let (left, right) = (self.range(&*e.left), self.range(&*e.right));
            let range = left.start..right.end;
            let kind = Kind::Binary {
                class,
                left,
                op,
                right,
            };
            self.push(range, kind, mutants);
        }
        visit::visit_expr_binary(self, e);
    }

    fn visit_expr_unary(&mut self, e: &'ast syn::ExprUnary) {
        let op = self.range(&e.op);
        let mutants = self.take("UnaryOperator", op.start);
        let operand = self.range(&*e.expr);
        let range = op.start..operand.end;
        self.push(range, Kind::Unary { op, operand }, mutants);
        visit::visit_expr_unary(self, e);
    }

    fn visit_expr_match(&mut self, e: &'ast syn::ExprMatch) {
        let starts = e.arms.iter().map(|arm| self.start(arm));
        let deleted = starts.filter_map(|start| self.at.get(&("MatchArm", start)));
        let deleted = deleted.flatten().copied().collect();
        if self.constants == 0 {
            self.push(self.range(&*e.expr), Kind::Match, deleted);
        }
        visit::visit_expr_match(self, e);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let pattern = self.range(&arm.pat);
        let delete = self.take("MatchArm", self.start(arm)).pop();
        let guard = arm.guard.as_ref().map(|(_, g)| self.range(&**g));
        let changed = guard.as_ref().map(|g| self.take("MatchArmGuard", g.start));
        let changed = changed.unwrap_or_default();
        let by = |word: &str| {
            changed
                .iter()
                .copied()
                .find(|n| self.replacement[n] == word)
        };
        let (always, never) = (by("true"), by("false"));
        let mutants = delete.into_iter().chain(changed).collect();
        let kind = Kind::Arm {
            guard,
            delete,
            always,
            never,
        };
        self.push(pattern.end..self.start(&arm.fat_arrow_token), kind, mutants);
        visit::visit_arm(self, arm);
    }

    fn visit_pat(&mut self, p: &'ast syn::Pat) {
        self.constant(|s| visit::visit_pat(s, p));
    }

    fn visit_expr_path(&mut self, p: &'ast syn::ExprPath) {
        let last = p.path.segments.last().map(|s| s.ident.to_string());
        let values = last.and_then(|name| self.values.get(&name));
        if let Some(values) = values.filter(|_| self.constants == 0 && self.const_fn.is_none()) {
            let mutants = values.iter().map(|(n, _)| *n).collect();
            self.push(self.range(p), Kind::Use(values.clone()), mutants);
        }
        visit::visit_expr_path(self, p);
    }

    fn visit_expr_struct(&mut self, e: &'ast syn::ExprStruct) {
        for field in &e.fields {
            let mutants = self.take("StructField", self.start(field));
            let Some(base) = e.rest.as_ref() else {
                self.out.plain.extend(mutants);
                continue;
            };
            let kind = Kind::Field {
                name: self.range(&field.member),
                value: field.colon_token.map(|_| self.range(&field.expr)),
                base: self.range(&**base),
            };
            self.push(self.range(field), kind, mutants);
        }
        visit::visit_expr_struct(self, e);
    }
}
