/// How given names compare. Only the last four are given-name evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum GivenAgreement {
    /// At least one is missing, or nothing can be said.
    #[default]
    Unknown,
    /// Both are known and differ.
    Differs,
    /// Initial, prefix, phonetic code, sorted letters or half of the name only: no evidence of one child.
    Weak,
    /// One edit apart, both of six letters or more, and not both on the list of names.
    OneEdit,
    /// One is a nickname or another spelling of the other.
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

/// What agrees between two records, field by field. Eight bytes.
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
    /// A co-birth (same birth date and family name or place, another given name) stands in a file beside
    /// one of the two records, or could: approximate given names are then no proof.
    pub co_birth: bool,
    /// One of the two is shielded: places are not compared and not told.
    pub shielded: bool,
}
