//! What the types of secrets cannot do.

use billetbook::audit::OpeningKey;
use billetbook::envelope::{GateHalf, GateShares, GrantHalf, GrantHalves, Share};
use billetbook::gate::OpenKey;
use billetbook::keys::descriptor::OpenLinkage;
use billetbook::keys::identity::Identity;
use billetbook::keys::{LinkageKeys, RoleKeys, Root, Secret};

trait Has {
    fn has(&self) -> bool {
        true
    }
}

trait Lacks {
    fn has(&self) -> bool {
        false
    }
}

/// True where the type has the trait: [`Has`], where its bound holds, is found before [`Lacks`], one reference on.
macro_rules! has {
    ($type:ty: $bound:path) => {{
        struct Probe<T>(std::marker::PhantomData<T>);
        impl<T: $bound> Has for Probe<T> {}
        impl<T> Lacks for &Probe<T> {}
        (&Probe::<$type>(std::marker::PhantomData)).has()
    }};
}

macro_rules! abilities {
    ($type:ty) => {
        (
            stringify!($type),
            [
                has!($type: Clone),
                has!($type: std::fmt::Display),
                has!($type: std::hash::Hash),
                has!($type: PartialOrd),
                has!($type: serde::Serialize),
                has!($type: AsRef<[u8]>),
            ],
        )
    };
}

#[test]
fn key_14_no_type_of_a_secret_is_copied_printed_hashed_ordered_or_serialised() {
    assert_eq!(abilities!(String).1, [true; 6], "control");
    for (name, abilities) in [
        abilities!(Secret),
        abilities!(LinkageKeys),
        abilities!(OpenLinkage),
        abilities!(Identity),
        abilities!(RoleKeys),
        abilities!(Root),
        abilities!(OpeningKey),
        abilities!(GrantHalf),
        abilities!(GrantHalves),
        abilities!(GateHalf),
        abilities!(GateShares),
        abilities!(Share),
        abilities!(OpenKey),
    ] {
        assert_eq!(abilities, [false; 6], "{name}");
    }
}
