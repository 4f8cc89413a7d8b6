use super::comparison::{Comparison, Numeric};
use super::date::DateFormat;
use super::error::SchemaError;
use super::format::{Case, Encoding, Format};
use super::json::Node;
use base64ct::{Base64, Encoding as _};
use regex::Regex;
use serde_json::Value;

/// Bits of a CLK at most, before folding.
const MOST_BITS: usize = 1 << 16;
/// Features of a schema at most.
const MOST_FEATURES: usize = 1 << 10;
/// Bits that a token or a feature sets at most.
const MOST_SET: usize = 1 << 16;
/// Characters of an n-gram at most.
const LONGEST_GRAM: usize = 64;

/// A clkhash linkage schema, checked: what each column is and how it is hashed. Holds no secret.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(super) bits: usize,
    pub(super) folds: u32,
    pub(super) kdf: Kdf,
    pub(super) features: Vec<Feature>,
}

/// HKDF's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kdf {
    pub(super) sha512: bool,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) info: Vec<u8>,
    pub(super) key_size: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Feature {
    pub(super) name: String,
    /// `None` for a column that is passed over.
    pub(super) hashing: Option<Hashing>,
}

#[derive(Clone, Debug)]
pub(super) struct Hashing {
    pub(super) format: Format,
    pub(super) encoding: Encoding,
    pub(super) comparison: Comparison,
    pub(super) strategy: Strategy,
    pub(super) hash: HashType,
    /// The text that stands for a missing value, and what is hashed for it.
    pub(super) missing: Option<(String, String)>,
}

/// How many bits tokens set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    PerToken(usize),
    PerFeature(usize),
}

impl Strategy {
    /// The bits of token `i` of `n`.
    pub(super) fn bits(self, i: usize, n: usize) -> usize {
        match self {
            Strategy::PerToken(k) => k,
            Strategy::PerFeature(all) => all / n + usize::from(i < all % n),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashType {
    Blake,
    Double { prevent_singularity: bool },
}

impl Schema {
    /// Reads a schema of version 1, 2 or 3; `file` is named in errors.
    ///
    /// # Errors
    /// Where it is not such a schema, holds a key that clkhash passes over, or asks for what cannot be made.
    pub fn from_json(text: &str, file: &str) -> Result<Schema, SchemaError> {
        let value: Value = serde_json::from_str(text).map_err(|e| SchemaError::Json {
            file: file.to_owned(),
            line: e.line(),
            column: e.column(),
        })?;
        let root = Node::root(file, &value)?;
        let version = match root.whole("version") {
            Ok(Some(v @ 1..=3)) => v,
            _ => {
                return Err(SchemaError::Version {
                    file: file.to_owned(),
                });
            }
        };
        root.only(&["version", "clkConfig", "features"])?;
        let config = root.object("clkConfig")?;
        let settings: &[&str] = match version {
            1 => &["l", "xor_folds", "kdf", "k", "hash"],
            _ => &["l", "xor_folds", "kdf"],
        };
        config.only(settings)?;
        let Some(bits) = config.count("l", 1, MOST_BITS)? else {
            config.need("l")?;
            return Err(config.refuse("\"l\" must be a whole number"));
        };
        let folds = config.count("xor_folds", 0, 16)?.unwrap_or(0);
        if bits << folds > MOST_BITS {
            return Err(config.refuse(format!("more than {MOST_BITS} bits before folding")));
        }
        let kdf = kdf(&config.object("kdf")?)?;
        let one_for_all = if version == 1 {
            let k = config
                .number("k")?
                .filter(|k| *k >= 1.0)
                .ok_or_else(|| config.refuse("\"k\" must be a number of at least 1"))?;
            Some((k, hash_type(&config.object("hash")?)?))
        } else {
            None
        };
        let list = root.objects("features")?;
        if list.len() > MOST_FEATURES {
            return Err(root.refuse(format!("more than {MOST_FEATURES} features")));
        }
        let features = list.iter().map(|f| feature(f, version, one_for_all));
        let features: Vec<Feature> = features.collect::<Result<_, _>>()?;
        let longest = if kdf.sha512 { 255 * 64 } else { 255 * 32 };
        if 2 * features.len() * kdf.key_size > longest {
            return Err(config.refuse(format!(
                "HKDF gives at most {longest} bytes, two keys of \"keySize\" for each feature"
            )));
        }
        let schema = Schema {
            bits,
            folds: crate::limits::index(folds),
            kdf,
            features,
        };
        schema.hashes_fit(&config)?;
        Ok(schema)
    }

    fn hashes_fit(&self, config: &Node<'_>) -> Result<(), SchemaError> {
        let hashing = self.features.iter().filter_map(|f| f.hashing.as_ref());
        let mut hashing = hashing.filter(|h| h.hash == HashType::Blake);
        if hashing.next().is_none() {
            return if self.bits << self.folds < 2 {
                Err(config.refuse("one bit before folding cannot be hashed to"))
            } else {
                Ok(())
            };
        }
        if !self.bits.is_power_of_two() {
            return Err(config.refuse("blakeHash needs a length \"l\" that is a power of two"));
        }
        if self.kdf.key_size > 64 {
            return Err(config.refuse("blakeHash takes keys of at most 64 bytes (\"keySize\")"));
        }
        Ok(())
    }

    /// Bits of a CLK.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Names of the columns, in order; those passed over among them.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.features.iter().map(|f| f.name.as_str())
    }
}

fn kdf(node: &Node<'_>) -> Result<Kdf, SchemaError> {
    node.only(&["type", "hash", "salt", "info", "keySize"])?;
    if node.text("type")? != "HKDF" {
        return Err(node.refuse("\"type\" must be \"HKDF\""));
    }
    let sha512 = match node.maybe_text("hash")? {
        None | Some("SHA256") => false,
        Some("SHA512") => true,
        Some(_) => return Err(node.refuse("\"hash\" must be \"SHA256\" or \"SHA512\"")),
    };
    let bytes = |key| -> Result<Option<Vec<u8>>, SchemaError> {
        let text = node.maybe_text(key)?;
        text.map(|t| {
            Base64::decode_vec(t).map_err(|_| node.refuse(format!("\"{key}\" must be base64")))
        })
        .transpose()
    };
    Ok(Kdf {
        sha512,
        salt: bytes("salt")?,
        info: bytes("info")?.unwrap_or_default(),
        key_size: node.count("keySize", 1, 255 * 64)?.unwrap_or(64),
    })
}

fn hash_type(node: &Node<'_>) -> Result<HashType, SchemaError> {
    node.only(&["type", "prevent_singularity"])?;
    match node.text("type")? {
        "blakeHash" if node.get("prevent_singularity").is_some() => {
            Err(node.refuse("\"prevent_singularity\" belongs to doubleHash only"))
        }
        "blakeHash" => Ok(HashType::Blake),
        "doubleHash" => Ok(HashType::Double {
            prevent_singularity: node.flag("prevent_singularity")?,
        }),
        _ => Err(node.refuse("\"type\" must be \"blakeHash\" or \"doubleHash\"")),
    }
}

/// A feature; of version 1 with the `k` and the hash of all.
fn feature(
    node: &Node<'_>,
    version: i64,
    one_for_all: Option<(f64, HashType)>,
) -> Result<Feature, SchemaError> {
    node.only(&["identifier", "ignored", "format", "hashing"])?;
    let name = node.text("identifier")?.to_owned();
    if node.flag("ignored")? {
        return Ok(Feature {
            name,
            hashing: None,
        });
    }
    let (format, encoding) = format(&node.object("format")?)?;
    let node = node.object("hashing")?;
    let missing = match node.maybe_object("missingValue")? {
        None => None,
        Some(m) => {
            m.only(&["sentinel", "replaceWith"])?;
            let sentinel = m.text("sentinel")?;
            let instead = m.maybe_text("replaceWith")?.unwrap_or(sentinel);
            Some((sentinel.to_owned(), instead.to_owned()))
        }
    };
    let hash = match (one_for_all, node.maybe_object("hash")?) {
        (Some((_, hash)), _) => hash,
        (None, Some(own)) => hash_type(&own)?,
        (None, None) => HashType::Blake,
    };
    let (comparison, strategy) = match one_for_all {
        Some((k, _)) => {
            node.only(&["ngram", "positional", "weight", "missingValue"])?;
            let weight = node.number("weight")?.unwrap_or(1.0);
            if weight == 0.0 {
                return Ok(Feature {
                    name,
                    hashing: None,
                });
            }
            let bits = (weight * k).round_ties_even();
            if !(1.0..=MOST_SET as f64).contains(&bits) {
                return Err(node.refuse("\"weight\" times \"k\" must round to at least 1"));
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and bounded")]
            #[expect(clippy::cast_sign_loss, reason = "bounded")]
            let bits = bits as usize;
            (older_comparison(&node)?, Strategy::PerToken(bits))
        }
        None if version == 2 => {
            node.only(&["ngram", "positional", "strategy", "hash", "missingValue"])?;
            let strategy = strategy(&node.object("strategy")?, "k", "numBits")?;
            (older_comparison(&node)?, strategy)
        }
        None => {
            node.only(&["comparison", "strategy", "hash", "missingValue"])?;
            let strategy = strategy(&node.object("strategy")?, "bitsPerToken", "bitsPerFeature")?;
            (comparison(&node.object("comparison")?)?, strategy)
        }
    };
    Ok(Feature {
        name,
        hashing: Some(Hashing {
            format,
            encoding,
            comparison,
            strategy,
            hash,
            missing,
        }),
    })
}

fn older_comparison(node: &Node<'_>) -> Result<Comparison, SchemaError> {
    node.need("ngram")?;
    let n = node.count("ngram", 1, LONGEST_GRAM)?.unwrap_or(1);
    let positional = node.flag("positional")?;
    Ok(Comparison::Ngram { n, positional })
}

fn comparison(node: &Node<'_>) -> Result<Comparison, SchemaError> {
    match node.text("type")? {
        "ngram" => {
            node.only(&["type", "n", "positional"])?;
            node.need("n")?;
            let n = node.count("n", 1, LONGEST_GRAM)?.unwrap_or(1);
            let positional = node.flag("positional")?;
            Ok(Comparison::Ngram { n, positional })
        }
        "exact" => {
            node.only(&["type"])?;
            Ok(Comparison::Exact)
        }
        "numeric" => {
            node.only(&[
                "type",
                "thresholdDistance",
                "resolution",
                "fractional_precision",
            ])?;
            node.need("thresholdDistance")?;
            node.need("resolution")?;
            // Ten to the 22nd is the last power of ten that a floating-point number holds exactly.
            let precision = node.count("fractional_precision", 0, 22)?.unwrap_or(0);
            let precision = crate::limits::index(precision);
            let resolution = node.count("resolution", 1, 10_000)?.unwrap_or(1);
            let distance = node.number("thresholdDistance")?.unwrap_or_default();
            let interval = (distance * 10f64.powi(precision.cast_signed())).round_ties_even();
            if !(1.0..9e15).contains(&interval) {
                return Err(node.refuse(
                    "\"thresholdDistance\" must be above 0, and with \"fractional_precision\" give a whole step",
                ));
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and bounded")]
            let interval = interval as i128;
            Ok(Comparison::Numeric(Numeric {
                resolution: resolution as i128,
                interval,
                precision,
            }))
        }
        _ => Err(node.refuse("\"type\" must be \"ngram\", \"exact\" or \"numeric\"")),
    }
}

fn strategy(
    node: &Node<'_>,
    per_token: &'static str,
    per_feature: &'static str,
) -> Result<Strategy, SchemaError> {
    node.only(&[per_token, per_feature])?;
    let token = node.count(per_token, 1, MOST_SET)?;
    let feature = node.count(per_feature, 1, MOST_SET)?;
    match (token, feature) {
        (Some(k), None) => Ok(Strategy::PerToken(k)),
        (None, Some(all)) => Ok(Strategy::PerFeature(all)),
        _ => Err(node.refuse(format!(
            "either \"{per_token}\" or \"{per_feature}\" must stand here"
        ))),
    }
}

fn format(node: &Node<'_>) -> Result<(Format, Encoding), SchemaError> {
    let format = match node.text("type")? {
        "string" => return text_format(node),
        "integer" => {
            node.only(&["type", "minimum", "maximum"])?;
            Format::Integer {
                minimum: node.whole("minimum")?,
                maximum: node.whole("maximum")?,
            }
        }
        "date" => {
            node.only(&["type", "format"])?;
            let format = DateFormat::new(node.text("format")?);
            Format::Date(format.map_err(|what| node.refuse(what))?)
        }
        "enum" => {
            node.only(&["type", "values"])?;
            let values = node.need("values")?.as_array();
            let values = values.and_then(|list| {
                let texts = list.iter().map(|v| v.as_str().map(str::to_owned));
                texts.collect()
            });
            Format::Listed(values.ok_or_else(|| node.refuse("\"values\" must be a list of texts"))?)
        }
        _ => {
            return Err(
                node.refuse("\"type\" must be \"string\", \"integer\", \"date\" or \"enum\"")
            );
        }
    };
    Ok((format, Encoding::Utf8))
}

fn text_format(node: &Node<'_>) -> Result<(Format, Encoding), SchemaError> {
    let encoding = node.maybe_text("encoding")?.unwrap_or("utf-8");
    let encoding = Encoding::named(encoding).ok_or_else(|| {
        node.refuse("\"encoding\" must be \"ascii\", \"utf-8\", \"utf-16\" or \"utf-32\"")
    })?;
    if let Some(pattern) = node.maybe_text("pattern")? {
        node.only(&["type", "encoding", "pattern"])?;
        let whole = Regex::new(&format!(r"\A(?:{pattern})\z"));
        let whole = whole.map_err(|_| {
            node.refuse("\"pattern\" is no regular expression, or has look-around or back references, which are not read")
        })?;
        return Ok((Format::Pattern(whole), encoding));
    }
    node.only(&["type", "encoding", "case", "minLength", "maxLength"])?;
    let case = match node.maybe_text("case")? {
        None | Some("mixed") => None,
        Some("upper") => Some(Case::Upper),
        Some("lower") => Some(Case::Lower),
        Some(_) => {
            return Err(node.refuse("\"case\" must be \"upper\", \"lower\" or \"mixed\""));
        }
    };
    Ok((
        Format::Text {
            case,
            least: node.count("minLength", 0, usize::MAX)?,
            most: node.count("maxLength", 1, usize::MAX)?,
        },
        encoding,
    ))
}
