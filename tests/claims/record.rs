use crate::support::{Parties, rows};
use billetbook::record::{ReadOptions, read_reader};

const CANARY: &str = "Zyxquorv";

#[test]
fn rec_1_a_record_shows_no_value() {
    let text = format!(
        "id,given_name,family_name,date_of_birth,postcode,nhs_number,upn,locality,address_line\n\
         {CANARY}1,{CANARY},{CANARY}son,1987-11-23,QX7 7XQ,9990000018,B801200005001,{CANARY}ville,9 {CANARY} Road\n"
    );
    let shown = format!("{:?}", rows(&text)).to_lowercase();
    for hidden in ["zyxquorv", "1987", "qx77xq", "9990000018", "b801200005001"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(text.to_lowercase().contains("zyxquorv"), "control");
}

#[test]
fn rec_2_no_reading_error_shows_a_value() {
    let bad: Vec<Vec<u8>> = vec![
        format!("id,given_name\n{CANARY},Ann\n{CANARY},Bob\n").into_bytes(),
        format!("id,given_name\n1,{CANARY},extra\n").into_bytes(),
        [
            b"id,given_name\n1,".to_vec(),
            CANARY.as_bytes().to_vec(),
            vec![0, b'\n'],
        ]
        .concat(),
        [
            b"id,given_name\n1,".to_vec(),
            CANARY.as_bytes().to_vec(),
            vec![0xFF, b'\n'],
        ]
        .concat(),
        format!("id,given_name\n,{CANARY}\n").into_bytes(),
        format!("<Message><Child><LAchildID>{CANARY}</LAchildID></Wrong></Message>").into_bytes(),
        format!("<Message><Children><Child><LAchildID>{CANARY}</LAchildID><UPN>{CANARY}")
            .into_bytes(),
        [
            b"id,given_name\n1,".to_vec(),
            CANARY.repeat(200_000).into_bytes(),
            b"\n".to_vec(),
        ]
        .concat(),
    ];
    for (i, bytes) in bad.iter().enumerate() {
        let error = read_reader(bytes.as_slice(), "file.csv", &ReadOptions::default()).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("file.csv") && !shown.contains(CANARY),
            "case {i}: {shown}"
        );
    }
}

#[test]
fn rec_3_placeholders_reach_no_token() {
    // Two children with nothing in common but what stands for "unknown".
    let a = rows(
        "given_name,family_name,date_of_birth,postcode,nhs_number,upn\nBaby,Unknown,01/01/1900,ZZ99 3VZ,9999999999,UN1\n",
    );
    let p = Parties::new();
    let shared = |x: &[billetbook::record::Record], y: &[billetbook::record::Record]| {
        let (x, y) = (p.tokens(0, x), p.tokens(1, y));
        x[0].iter().filter(|t| y[0].contains(t)).count()
    };
    assert_eq!(shared(&a, &a), 0);
    let real = rows(
        "given_name,family_name,date_of_birth,postcode,nhs_number,upn\nAnn,Smith,04/03/2012,LB1 0AA,9990000018,UN1\n",
    );
    assert!(shared(&real, &real) > 0, "control");
}
