//! What the built-in sections hold: who is involved and how to reach them, rather than the whole case file.

use super::value::{Day, Text};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! fields {
    ($($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Empty::is_empty")]
                pub $field: $ty,
            )+
        }

        /// Which fields there are, never what they hold.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut out = f.debug_struct(stringify!($name));
                $(
                    if !Empty::is_empty(&self.$field) {
                        out.field(stringify!($field), &format_args!(".."));
                    }
                )+
                out.finish()
            }
        }

        impl Empty for $name {
            fn is_empty(&self) -> bool {
                *self == $name::default()
            }
        }
    )+};
}

/// True where there is nothing to write.
pub(super) trait Empty {
    fn is_empty(&self) -> bool;
}

impl<T> Empty for Option<T> {
    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T> Empty for Vec<T> {
    fn is_empty(&self) -> bool {
        Vec::is_empty(self)
    }
}

fields! {
    /// Who the child is. Ethnicity is not here: it is data of a special category, as `childrens_services` is.
    pub struct Personal {
        /// Given (first) name.
        given_name: Option<Text>,
        /// Family name.
        family_name: Option<Text>,
        /// The name the child is known as.
        known_as: Option<Text>,
        /// Names used before.
        previous_names: Vec<Text>,
        /// Birth date.
        birth_date: Option<Day>,
        /// Expected birth date of an unborn child.
        expected_birth_date: Option<Day>,
        /// Sex, in the agency's own code.
        sex: Option<Text>,
        /// First language.
        first_language: Option<Text>,
        /// Needs in communication: interpreter, Makaton, sign language.
        communication_needs: Vec<Text>,
        /// Unique Pupil Number.
        upn: Option<Text>,
        /// Where the child lives.
        address: Option<Address>,
        /// Where the child lived before.
        previous_addresses: Vec<Address>,
        /// Who lives at the address.
        household: Vec<Text>,
        /// Family and other people who matter.
        related_people: Vec<RelatedPerson>,
        /// The local authority responsible.
        responsible_authority: Option<Text>,
    }

    /// An address.
    pub struct Address {
        /// Lines.
        lines: Vec<Text>,
        /// Town.
        town: Option<Text>,
        /// Postcode.
        postcode: Option<Text>,
        /// Unique Property Reference Number.
        uprn: Option<Text>,
    }

    /// Someone in the child's life.
    pub struct RelatedPerson {
        /// Name.
        name: Option<Text>,
        /// Relation to the child.
        relationship: Option<Text>,
        /// True where this person holds parental responsibility.
        parental_responsibility: Option<bool>,
    }

    /// How to reach someone at work.
    pub struct Contact {
        /// Name.
        name: Option<Text>,
        /// Role.
        role: Option<Text>,
        /// Team or organisation.
        team: Option<Text>,
        /// Telephone.
        telephone: Option<Text>,
        /// E-mail.
        email: Option<Text>,
    }

    /// A place that gives a service: a school, a surgery, a clinic.
    pub struct Setting {
        /// Name.
        name: Option<Text>,
        /// Its reference: URN, ODS code.
        reference: Option<Text>,
        /// Telephone.
        telephone: Option<Text>,
        /// Address.
        address: Option<Address>,
    }

    /// Children's social care.
    pub struct ChildrensServices {
        /// The child's own worker.
        key_worker: Option<Contact>,
        /// Whom to call at any hour.
        duty_contact: Option<Contact>,
        /// Teams involved.
        teams: Vec<Text>,
        /// Ethnicity, in the agency's own code.
        ethnicity: Option<Text>,
        /// Disabilities, in the agency's own codes.
        disabilities: Vec<Text>,
        /// Legal status.
        legal_status: Option<Text>,
        /// Referrals.
        referrals: Vec<Event>,
        /// Plans: child in need, child protection, care, pathway.
        plans: Vec<Period>,
        /// Where the child is placed.
        placement: Option<Placement>,
    }

    /// Something that happened on a day.
    pub struct Event {
        /// When.
        date: Option<Day>,
        /// What.
        kind: Option<Text>,
        /// Where or from whom.
        source: Option<Text>,
        /// What came of it.
        outcome: Option<Text>,
    }

    /// Something that lasted.
    pub struct Period {
        /// From.
        start: Option<Day>,
        /// To; not there while it lasts.
        end: Option<Day>,
        /// What.
        kind: Option<Text>,
        /// More.
        detail: Option<Text>,
    }

    /// Where a looked-after child lives.
    pub struct Placement {
        /// Kind.
        kind: Option<Text>,
        /// From.
        start: Option<Day>,
        /// Carer or home.
        carer: Option<Text>,
        /// Address.
        address: Option<Address>,
    }

    /// Schools and other education.
    pub struct Education {
        /// Where the child learns.
        setting: Option<Setting>,
        /// Whom to call there.
        designated_lead: Option<Contact>,
        /// Attendance, a school year at a time.
        attendance: Vec<Attendance>,
        /// Exclusions and suspensions.
        exclusions: Vec<Period>,
    }

    /// Attendance of a school year.
    pub struct Attendance {
        /// School year, as 2025/26.
        year: Option<Text>,
        /// Sessions possible.
        possible: Option<u16>,
        /// Sessions attended.
        attended: Option<u16>,
        /// Sessions missed without leave.
        unauthorised: Option<u16>,
    }

    /// Health care.
    pub struct Health {
        /// General practice.
        general_practice: Option<Setting>,
        /// Child and adolescent mental health service.
        mental_health_service: Option<Setting>,
        /// Health visitor or school nurse.
        nurse: Option<Contact>,
        /// Conditions that others must know of.
        conditions: Vec<Text>,
        /// Appointments missed: a child who was not brought.
        not_brought: Vec<Event>,
        /// Emergency department attendances.
        emergency_attendances: Vec<Event>,
    }

    /// Police and youth justice.
    pub struct CrimeJustice {
        /// Markers: what officers must know on arrival.
        markers: Vec<Text>,
        /// Services that know the child.
        services: Vec<Contact>,
        /// Last use of police protection powers (Children Act 1989 s.46).
        police_protection: Option<Day>,
        /// Missing episodes.
        missing_episodes: Vec<Period>,
        /// Risks: exploitation, domestic abuse, weapons.
        risks: Vec<Event>,
        /// Orders of courts.
        orders: Vec<Period>,
    }
}
