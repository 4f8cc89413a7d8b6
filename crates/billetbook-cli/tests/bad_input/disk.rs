//! Full disks, folders that cannot be written, and interruptions.

use super::*;

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let mount = folder.path().join("small");
    std::fs::create_dir(&mount).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&mount)
        .output();
    if !mounted.is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: no right to mount a small disk");
        return;
    }
    let rows: String = (0..3000)
        .map(|i| format!("{i},Ann{i},Smith,2012-03-04,LB1 0AA\n"))
        .collect();
    let text = format!("id,given_name,family_name,date_of_birth,postcode\n{rows}");
    put(folder.path(), "a.csv", text.as_bytes());
    put(folder.path(), "b.csv", GOOD.as_bytes());
    let out = run(
        folder.path(),
        &["link", "a.csv", "b.csv", "--out", "small/linked"],
    );
    let made = run(
        folder.path(),
        &["synth", "--children", "3000", "--out", "small/kids"],
    );
    let left = left_over(&mount, &[]);
    let _ = Command::new("umount").arg(&mount).output();
    for out in [out, made] {
        let text = spoken(&out);
        assert_eq!(out.status.code(), Some(3), "{text}");
        assert!(text.contains("small/"), "{text}");
    }
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn where_nothing_can_be_written_or_said_the_error_says_so() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.csv", GOOD.as_bytes());
    put(folder.path(), "b.csv", GOOD.as_bytes());
    // Nobody, not even root, makes folders in /proc.
    let out = run(
        folder.path(),
        &["link", "a.csv", "b.csv", "--out", "/proc/linked"],
    );
    assert_eq!(out.status.code(), Some(3));
    assert!(spoken(&out).contains("/proc/linked"), "{}", spoken(&out));
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let out = command(folder.path(), &["validate", "a.csv"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(3), "{}", spoken(&out));
    assert!(spoken(&out).contains("standard output"), "{}", spoken(&out));
    // A reader who has heard enough is no error.
    let mut child = command(folder.path(), &["--help"]).spawn().unwrap();
    drop(child.stdout.take());
    assert!(
        child.wait().unwrap().code().is_some(),
        "no panic, no signal"
    );
}

#[test]
#[cfg(unix)]
fn ctrl_c_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = run(at, &["synth", "--children", "30000", "--out", "kids"]);
    assert!(made.status.success(), "{}", spoken(&made));
    let started = |name: &str| name.starts_with(".billetbook-");
    for (args, word) in [
        (
            vec![
                "link",
                "kids/agency-1.csv",
                "kids/agency-2.csv",
                "--out",
                "linked",
            ],
            "INT",
        ),
        (
            vec!["synth", "--children", "400000", "--out", "more"],
            "TERM",
        ),
    ] {
        let child = command(at, &args).spawn().unwrap();
        let begun = (0..30_000).any(|_| {
            std::thread::sleep(Duration::from_millis(2));
            left_over(at, &["kids"]).iter().any(|n| started(n))
        });
        assert!(begun, "never started");
        let kill = format!("kill -{word} {}", child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let out = child.wait_with_output().unwrap();
        assert_eq!(out.status.code(), Some(130), "{args:?}: {}", spoken(&out));
        let left = left_over(at, &["kids"]);
        assert!(left.is_empty(), "{args:?}: {left:?}");
    }
}
