//! Constants have no switch where they are defined. Where every use of one is an expression of a function, each use has.

use crate::mutant::{Mutant, Sources};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// By a constant's name: its mutants, and what each makes of its value.
pub type Constants = BTreeMap<String, Vec<(usize, String)>>;

/// What a file says of constants.
#[derive(Default)]
struct Seen {
    /// Name, value in bytes, whether it is public to all, whether the value names something else.
    defined: Vec<(String, Range<usize>, bool, bool)>,
    used: BTreeMap<String, usize>,
    imported: BTreeMap<String, usize>,
}

struct Find<'a> {
    source: &'a crate::mutant::Source,
    /// How deep in what is computed by the compiler.
    fixed: usize,
    seen: Seen,
}

/// The constants whose mutants can be tried by switches at their uses.
pub fn constants(sources: &Sources, mutants: &[Mutant]) -> syn::Result<Constants> {
    let mut all = BTreeMap::new();
    let mut idents: BTreeMap<String, usize> = BTreeMap::new();
    for (file, source) in sources {
        let parsed = syn::parse_file(&source.text)?;
        let mut find = Find {
            source,
            fixed: 0,
            seen: Seen::default(),
        };
        find.visit_file(&parsed);
        all.insert(file.as_str(), find.seen);
        count(source.text.parse()?, &mut idents);
    }
    let mut out = Constants::new();
    for (n, m) in mutants.iter().enumerate() {
        let here = all[m.file.as_str()].defined.iter();
        let around = |value: &Range<usize>| value.start <= m.at.start && m.at.end <= value.end;
        let Some((name, value, public, names)) = here.clone().find(|d| around(&d.1)) else {
            continue;
        };
        let sum = |of: &dyn Fn(&Seen) -> usize| -> usize { all.values().map(of).sum() };
        let defined = sum(&|s| s.defined.iter().filter(|d| d.0 == *name).count());
        let used = sum(&|s| s.used.get(name).copied().unwrap_or(0));
        let imported = sum(&|s| s.imported.get(name).copied().unwrap_or(0));
        let own = all[m.file.as_str()].used.get(name).copied().unwrap_or(0);
        let all_known = idents.get(name) == Some(&(1 + used + imported));
        if *public || defined != 1 || used == 0 || !all_known || (*names && own != used) {
            continue;
        }
        let mut text = sources[&m.file].text[value.clone()].to_owned();
        text.replace_range(
            m.at.start - value.start..m.at.end - value.start,
            &m.replacement,
        );
        out.entry(name.clone()).or_default().push((n, text));
    }
    Ok(out)
}

/// Every word of the code, also inside macros.
fn count(tokens: TokenStream, idents: &mut BTreeMap<String, usize>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => *idents.entry(word.to_string()).or_default() += 1,
            TokenTree::Group(group) => count(group.stream(), idents),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

impl Find<'_> {
    fn fixed(&mut self, inside: impl FnOnce(&mut Self)) {
        self.fixed += 1;
        inside(self);
        self.fixed -= 1;
    }

    fn function(&mut self, is_const: bool, inside: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.fixed, usize::from(is_const));
        inside(self);
        self.fixed = before;
    }
}

impl<'ast> Visit<'ast> for Find<'_> {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.function(f.sig.constness.is_some(), |s| visit::visit_item_fn(s, f));
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        self.function(f.sig.constness.is_some(), |s| {
            visit::visit_impl_item_fn(s, f)
        });
    }

    fn visit_item_const(&mut self, c: &'ast syn::ItemConst) {
        let span = c.expr.span();
        let at = |p: proc_macro2::LineColumn| self.source.byte(p.line, p.column);
        let value = at(span.start())..at(span.end());
        let mut words = BTreeMap::new();
        if let Ok(tokens) = self.source.text[value.clone()].parse() {
            count(tokens, &mut words);
        }
        let public = matches!(c.vis, syn::Visibility::Public(_));
        let name = c.ident.to_string();
        self.seen
            .defined
            .push((name, value, public, !words.is_empty()));
        self.fixed(|s| visit::visit_item_const(s, c));
    }

    fn visit_item_static(&mut self, c: &'ast syn::ItemStatic) {
        self.fixed(|s| visit::visit_item_static(s, c));
    }

    fn visit_impl_item_const(&mut self, c: &'ast syn::ImplItemConst) {
        self.fixed(|s| visit::visit_impl_item_const(s, c));
    }

    fn visit_trait_item_const(&mut self, c: &'ast syn::TraitItemConst) {
        self.fixed(|s| visit::visit_trait_item_const(s, c));
    }

    fn visit_expr_const(&mut self, c: &'ast syn::ExprConst) {
        self.fixed(|s| visit::visit_expr_const(s, c));
    }

    fn visit_type_array(&mut self, t: &'ast syn::TypeArray) {
        self.fixed(|s| visit::visit_type_array(s, t));
    }

    fn visit_expr_repeat(&mut self, r: &'ast syn::ExprRepeat) {
        self.visit_expr(&r.expr);
        self.fixed(|s| s.visit_expr(&r.len));
    }

    fn visit_pat(&mut self, p: &'ast syn::Pat) {
        self.fixed(|s| visit::visit_pat(s, p));
    }

    fn visit_generic_argument(&mut self, a: &'ast syn::GenericArgument) {
        self.fixed(|s| visit::visit_generic_argument(s, a));
    }

    fn visit_expr_path(&mut self, p: &'ast syn::ExprPath) {
        if let Some(last) = p.path.segments.last()
            && self.fixed == 0
        {
            *self.seen.used.entry(last.ident.to_string()).or_default() += 1;
        }
        visit::visit_expr_path(self, p);
    }

    fn visit_use_name(&mut self, u: &'ast syn::UseName) {
        *self.seen.imported.entry(u.ident.to_string()).or_default() += 1;
    }
}
