/// How given names compare. Only the last three are evidence by themselves. `Near` and `Form` are names that twins
/// may bear: they do not conflict, and are evidence beside an equal middle name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum GivenAgreement {
    /// At least one is missing, or nothing can be said.
    #[default]
    Unknown,
    /// Both are known and differ.
    Differs,
    /// Initial, prefix, phonetic code, sorted letters or half of the name only: no evidence of one child.
    Weak,
    /// One edit apart and not both on the list of names, or both on no list and equal at one end.
    Near,
    /// Forms or spellings of one name that are each borne as names (Rose and Rosie, Mohamed and Muhammad).
    Form,
    /// A full name and a short form of it that is seldom a name by itself (Thomas and Tom).
    Nickname,
    /// Equal to the other's known-as, or given and family name swapped.
    Crossed,
    /// Equal.
    Same,
}

/// How family names, places or addresses compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Agreement {
    /// At least one is missing, or nothing can be said.
    #[default]
    Unknown,
    /// Both are known and differ.
    Differs,
    /// Alike but not equal.
    Close,
    /// Equal.
    Same,
}

/// How birth dates compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum BirthAgreement {
    /// At least one is missing, or nothing can be said.
    #[default]
    Unknown,
    /// Both are known and fewer than two parts agree.
    Differs,
    /// Two of year, month and day agree, or day and month are swapped.
    Partial,
    /// Equal.
    Same,
}

/// How national identifiers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum IdAgreement {
    /// At least one is missing, or nothing can be said.
    #[default]
    Unknown,
    /// Both records hold a valid identifier of one kind and they differ (and none agrees).
    Differs,
    /// One agrees but stands on two records of one file, or another kind differs.
    Doubtful,
    /// One agrees and none differs.
    Same,
}

/// What agrees between two records, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Evidence {
    /// Given names.
    pub given: GivenAgreement,
    /// Family names (previous ones included).
    pub family: Agreement,
    /// Birth dates.
    pub birth: BirthAgreement,
    /// Postcodes or postal codes, past ones included.
    pub place: Agreement,
    /// Locality and address line.
    pub address: Agreement,
    /// National identifiers.
    pub identifier: IdAgreement,
    /// Sex: only `Unknown`, `Differs` or `Same`.
    pub sex: Agreement,
    /// Middle names: only `Unknown` or `Same`, and in profile `local` `Differs`. Those that custom gives to many
    /// do not count.
    pub middle: Agreement,
    /// A co-birth (same birth date and family name or place, another given name) stands in a file beside
    /// one of the two records, or could: approximate given names are then no proof.
    pub co_birth: bool,
    /// Only keys of two fields and sex found the pair.
    pub weak_key: bool,
    /// One of the two is shielded: places are not compared and not told.
    pub shielded: bool,
}

impl Evidence {
    /// The evidence in words, for people who review links: `given name same; family name same; ...`.
    /// Of a pair with a shielded member only name, birth date and identifier are told.
    pub fn words(&self) -> String {
        use GivenAgreement as G;
        let mut out: Vec<&str> = Vec::new();
        out.extend(match self.given {
            G::Same => Some("given name same"),
            G::Crossed => Some("given and family name exchanged"),
            G::Nickname => Some("given name a short form"),
            G::Form => Some("given name another form"),
            G::Near => Some("given name one letter apart"),
            G::Weak => Some("given name alike in part"),
            G::Differs => Some("given name differs"),
            G::Unknown => None,
        });
        out.extend((self.middle == Agreement::Same).then_some("middle name same"));
        out.extend(match self.family {
            Agreement::Same => Some("family name same"),
            Agreement::Close => Some("family name alike"),
            Agreement::Differs => Some("family name differs"),
            Agreement::Unknown => None,
        });
        out.extend(match self.birth {
            BirthAgreement::Same => Some("birth date same"),
            BirthAgreement::Partial => Some("birth date same in two parts"),
            BirthAgreement::Differs => Some("birth date differs"),
            BirthAgreement::Unknown => None,
        });
        out.extend(match self.identifier {
            IdAgreement::Same => Some("identifier same"),
            IdAgreement::Doubtful => Some("identifier same, another differs"),
            IdAgreement::Differs => Some("identifier differs"),
            IdAgreement::Unknown => None,
        });
        if !self.shielded {
            out.extend(match self.place {
                Agreement::Same => Some("postcode same"),
                Agreement::Close => Some("postcode near"),
                Agreement::Differs => Some("postcode differs"),
                Agreement::Unknown => None,
            });
            out.extend(match self.address {
                Agreement::Same => Some("address same"),
                Agreement::Close => Some("address alike"),
                Agreement::Differs => Some("address differs"),
                Agreement::Unknown => None,
            });
            out.extend(match self.sex {
                Agreement::Same => Some("sex same"),
                Agreement::Differs => Some("sex differs"),
                _ => None,
            });
        }
        out.join("; ")
    }
}
