//! Keys of a linkage.

use super::{alone, always, freed, grown, known, nothing_of, secret};
use billetbook::clk::{Diffusion, Encoder, Settings};
use billetbook::keys::descriptor::Descriptor;
use billetbook::keys::hazmat::{identity_from_secrets, role_keys_from_secrets};
use billetbook::keys::{KeyProvider, LinkageKeys, PublicKeys, Role, Secret, local_pad_key};
use billetbook::linkage::make_token_file;
use billetbook::record::{ReadOptions, read_reader};
use billetbook::token::{Kernel, KeySet};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

#[test]
fn a_linkage_that_is_opened_and_tokenised_with_leaves_nothing() {
    let _one = alone();
    let table =
        "given_name,family_name,date_of_birth,nhs_number\nAnn,Smith,2012-03-04,9990000018\n";
    let records = read_reader(table.as_bytes(), "test.csv", &ReadOptions::default()).unwrap();
    let set = KeySet::uk_children().unwrap();
    let mut kept = None;
    let freed = freed(|| {
        let member = |name, first| {
            identity_from_secrets(name, secret(first), secret(first + 1), secret(first + 2))
                .unwrap()
        };
        let members = [member("West", 10), member("East", 20)];
        let public = [members[0].public().clone(), members[1].public().clone()];
        let descriptor =
            Descriptor::make("test", 1, (set.name(), set.digest()), &members[0], &public).unwrap();
        let open = descriptor
            .open(&members[1], &public[0].fingerprint())
            .unwrap();
        make_token_file(records.records(), &set, &open, &members[1]).unwrap();
        let keys = open.keys();
        let clks = Encoder::new(keys, &Settings::default(), Kernel::best()).unwrap();
        let clks = clks.encode(records.records());
        let diffusion = Diffusion::new(keys, (1024, 2048), 10, Kernel::best()).unwrap();
        diffusion.apply(&clks).unwrap();
        kept = Some((descriptor.to_text(), descriptor.id()));
        (members, open)
    });
    let (text, id) = kept.unwrap();
    let linkage_secret = member_secret(&text);
    let keys = LinkageKeys::derive(&Secret::from_secret_bytes(&linkage_secret).unwrap(), id, 1);
    let token_key = keys.token_key().secret_bytes();
    let pad_key = {
        let mut mac = Hmac::<Sha256>::new_from_slice(token_key).unwrap();
        Mac::update(&mut mac, b"billetbook/1 pad\0");
        mac.finalize().into_bytes().to_vec()
    };
    let mut all = vec![
        linkage_secret,
        token_key.to_vec(),
        pad_key,
        keys.note_key_secret().to_vec(),
        keys.clk_key_secret(None).to_vec(),
        keys.diffusion_key_secret().to_vec(),
    ];
    all.push(local_pad_key(&secret(22), id, 1).secret_bytes().to_vec());
    for first in [10, 20] {
        all.extend(grown(&known(first), &known(first + 1)));
        all.push(known(first + 2));
    }
    nothing_of("linkage", &freed, &all);
}

/// A second reader of the last member's sealed secret, from docs/format.md.
fn member_secret(text: &str) -> Vec<u8> {
    const SEALED: usize = PublicKeys::WRAP_OVERHEAD + 32;
    let (_, bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    let end = bytes.len() - 64;
    let head = &bytes[..end - 2 * (4 + SEALED)];
    let info = [
        b"billetbook/1 member-secret\0".as_slice(),
        &Sha256::digest(head),
    ]
    .concat();
    let east =
        role_keys_from_secrets(Role::Open, "East", always(), secret(20), secret(21)).unwrap();
    east.unwrap(&info, &bytes[end - SEALED..end])
        .unwrap()
        .to_vec()
}
