use super::*;

fn linkage() -> (Identity, Identity, Identity, Descriptor) {
    let [a, b, c] = ["A", "B", "C"].map(|n| Identity::generate(n).unwrap());
    let members = [a.public().clone(), b.public().clone()];
    let d = Descriptor::make("children 2026", 1, ("uk-children/1", [7; 32]), &a, &members).unwrap();
    (a, b, c, d)
}

#[test]
fn members_open_one_secret_and_nobody_else_does() {
    let (a, b, c, d) = linkage();
    let d = Descriptor::from_text(&d.to_text()).unwrap();
    let maker = a.public().fingerprint();
    let (x, y) = (d.open(&a, &maker).unwrap(), d.open(&b, &maker).unwrap());
    assert_eq!(x.keys().token_key(), y.keys().token_key());
    assert_ne!(x.local_pad(), y.local_pad());
    assert!(matches!(
        d.open(&c, &maker),
        Err(DescriptorError::NotAMember)
    ));
    assert!(matches!(
        d.open(&b, &b.public().fingerprint()),
        Err(DescriptorError::Maker { .. })
    ));
}

#[test]
fn one_bit_anywhere_is_refused() {
    let (_, _, _, d) = linkage();
    let bytes = unarmour(ARMOUR, "linkage descriptor", &d.to_text()).unwrap();
    for i in (0..bytes.len()).step_by(11) {
        let mut altered = bytes.clone();
        altered[i] ^= 0x10;
        assert!(
            Descriptor::from_text(&armour(ARMOUR, &altered)).is_err(),
            "byte {i}"
        );
    }
}

#[test]
fn a_member_twice_or_alone_is_refused() {
    let (a, _, _, _) = linkage();
    let one = [a.public().clone()];
    let twice = [a.public().clone(), a.public().clone()];
    for members in [&one[..], &twice[..]] {
        assert!(matches!(
            Descriptor::make("x", 1, ("k", [0; 32]), &a, members),
            Err(DescriptorError::Members)
        ));
    }
}

#[test]
fn a_maker_cannot_give_members_different_secrets() {
    let (a, b, _, mut d) = linkage();
    let maker = a.public().fingerprint();
    assert!(d.open(&b, &maker).is_ok(), "control");
    let other = Secret::generate().unwrap();
    d.members[1].1 = b.public().seal(&d.info(), other.secret_bytes()).unwrap();
    d.signature = a.sign(label::DESCRIPTOR, &d.signed_part());
    let d = Descriptor::from_text(&d.to_text()).unwrap();
    assert!(d.open(&a, &maker).is_ok());
    assert!(matches!(d.open(&b, &maker), Err(DescriptorError::Altered)));
}
