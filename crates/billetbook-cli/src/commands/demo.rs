mod journey;

use super::link::link;
use super::say;
use crate::args::{ColumnArgs, DemoArgs, LinkArgs, Profile};
use crate::error::CliError;
use crate::output::Folder;
use crate::progress::Progress;
use billetbook::linkage::{Decision, RowRef};
use billetbook_synth::{Options, Synthetic, generate, write};
use std::collections::HashMap;
use std::path::PathBuf;

/// Makes up two agencies' children, links them, holds the links against the truth, and shares one record.
pub(crate) fn run(args: &DemoArgs, json: bool) -> Result<(), CliError> {
    let progress = Progress::new(json);
    progress.step("making up children");
    let made = generate(&Options {
        children: args.children,
        seed: args.seed,
        ..Options::default()
    });
    let out = match &args.out {
        Some(out) => out.clone(),
        None => free_name(),
    };
    let folder = Folder::create(&out)?;
    write(&made, folder.path())?;
    folder.finish()?;
    let link_args = LinkArgs {
        files: (1..=2)
            .map(|i| out.join(format!("agency-{i}.csv")))
            .collect(),
        out: out.join("linked"),
        profile: Profile::Tokens,
        keys: None,
        columns: ColumnArgs {
            id: None,
            map: Vec::new(),
            schema: None,
            group: vec!["name_origin".to_owned(), "situation".to_owned()],
        },
        within: false,
        allow_weak: false,
        all_pairs: false,
        residue: false,
    };
    let done = link(&link_args, &progress)?;
    progress.done();
    let truth = Truth::of(&made);
    let score = truth.score(
        &done
            .linkage
            .links
            .iter()
            .filter(|l| l.decision == Decision::Match)
            .map(|l| (l.left, l.right))
            .collect::<Vec<_>>(),
    );
    let report = link_args.out.join("report.html");
    let linked = done.linkage.links.iter();
    let mut linked = linked.filter(|l| l.decision == Decision::Match);
    let journey = match linked.next() {
        Some(link) => Some(journey::run(&out, &child(&made, link.right)?, "R-1")?),
        None => None,
    };
    if json {
        say(&serde_json::json!({
            "rows": made.agencies.iter().map(Vec::len).collect::<Vec<_>>(), "matches": score.matches,
            "precision": score.precision, "recall": score.recall, "twins_kept_apart": score.twins_apart,
            "twins_mistaken": score.twins_mistaken, "report": report,
            "shared": journey.as_ref().map(|j| serde_json::json!({
                "entries": j.entries, "complete": j.complete, "history": j.history,
            })),
        }).to_string());
        return Ok(());
    }
    say(&format!(
        "Two agencies hold {} and {} made-up children. Their names are spelled differently, children have moved, \
         twins share a birthday and an address, and a quarter of the NHS numbers are missing.\n",
        done.files[0].records().len(),
        done.files[1].records().len()
    ));
    say(
        "Each agency turned its records into keyed tokens; the matching side saw tokens and no names.\n",
    );
    say(&format!("  matches            {:>7}", score.matches));
    say(&format!(
        "  precision          {:>7.4}   of the matches, the share that truly is one child",
        score.precision
    ));
    say(&format!(
        "  recall             {:>7.4}   of the children both hold, the share found",
        score.recall
    ));
    say(&format!(
        "  twins kept apart   {:>7}   pairs of twins across the agencies; {} mistaken for one",
        score.twins_apart, score.twins_mistaken
    ));
    say(&format!("\nThe report:  {}", report.display()));
    say(&format!(
        "Every link and its reason:  {}",
        link_args.out.join("links.csv").display()
    ));
    if let Some(journey) = &journey {
        journey::told(journey);
    }
    say("\nNow your own files:  billetbook link A.csv B.csv --out linked");
    Ok(())
}

/// A made-up child's record, of a row that was linked.
fn child(made: &Synthetic, row: RowRef) -> Result<Vec<u8>, CliError> {
    let values = &made.agencies[usize::from(row.file)][row.row as usize].values;
    let record = serde_json::json!({
        "format": "billetbook-child/1",
        "identifier": { "state": "unknown" },
        "personal": { "given_name": values[1], "family_name": values[3] },
        "education": { "attendance": [{ "year": "2025/26", "possible": 380, "attended": 301 }] },
        "health": { "conditions": ["asthma"] },
    });
    Ok(serde_json::to_vec(&record)?)
}

/// `billetbook-demo`, or the first numbered name after it that is free: the demo can be run again.
fn free_name() -> PathBuf {
    let names = std::iter::once("billetbook-demo".to_owned())
        .chain((2u32..).map(|n| format!("billetbook-demo-{n}")));
    names
        .map(PathBuf::from)
        .find(|p| p.symlink_metadata().is_err())
        .unwrap_or_else(|| PathBuf::from("billetbook-demo"))
}

/// Who is who in made-up files.
struct Truth<'a> {
    made: &'a Synthetic,
}

struct Score {
    matches: usize,
    precision: f64,
    recall: f64,
    twins_apart: usize,
    twins_mistaken: usize,
}

impl Truth<'_> {
    fn of(made: &Synthetic) -> Truth<'_> {
        Truth { made }
    }

    fn cluster(&self, r: RowRef) -> u32 {
        self.made.agencies[usize::from(r.file)][r.row as usize].cluster
    }

    fn score(&self, matches: &[(RowRef, RowRef)]) -> Score {
        let right = matches
            .iter()
            .filter(|m| self.cluster(m.0) == self.cluster(m.1))
            .count();
        let mut held: HashMap<u32, usize> = HashMap::new();
        for row in &self.made.agencies[0] {
            *held.entry(row.cluster).or_default() += 1;
        }
        let total: usize = self.made.agencies[1]
            .iter()
            .filter_map(|r| held.get(&r.cluster))
            .sum();
        // Twins are made one after the other: their clusters are neighbours.
        let twin =
            |agency: usize, row: u32| self.made.agencies[agency][row as usize].values[21] == "twin";
        let twins: HashMap<u32, u32> = (0u32..)
            .zip(&self.made.agencies[1])
            .filter(|(i, _)| twin(1, *i))
            .map(|(i, r)| (r.cluster, i))
            .collect();
        let pairs = (0u32..)
            .zip(&self.made.agencies[0])
            .filter(|(i, _)| twin(0, *i))
            .flat_map(|(_, r)| [r.cluster.wrapping_sub(1), r.cluster + 1])
            .filter(|other| twins.contains_key(other))
            .count();
        let mistaken = matches
            .iter()
            .filter(|m| {
                twin(0, m.0.row) && twin(1, m.1.row) && self.cluster(m.0) != self.cluster(m.1)
            })
            .count();
        Score {
            matches: matches.len(),
            precision: right as f64 / matches.len().max(1) as f64,
            recall: right as f64 / total.max(1) as f64,
            twins_apart: pairs.saturating_sub(mistaken),
            twins_mistaken: mistaken,
        }
    }
}
