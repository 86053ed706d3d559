//! Where a component's output goes, as `spin up --help` has it.

use crate::example::{Example, broker_with_names};

#[tokio::test(flavor = "multi_thread")]
async fn output_goes_to_files_and_to_the_log_as_the_flags_say() {
    let broker = broker_with_names().await;
    let example = Example::new(&broker.address);
    let names = broker.producer();
    let default = ".spin/logs";
    for (number, (arguments, kept, logged)) in [
        (&[][..], Some(default), true),
        (&["--follow", "greet"], Some(default), true),
        (&["-q"], Some(default), false),
        (&["--log-dir", "elsewhere", "-q"], Some("elsewhere"), false),
        (&["--state-dir", "state"], Some("state/logs"), true),
        // Where nothing is kept, nothing is lost either.
        (&["--log-dir", "", "-q"], None, true),
        (&["--state-dir", "", "-q"], None, true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut command = example.command();
        command.args(arguments);
        let mut plugin = example.start(command);
        let name = format!("Ada the {number}th");
        names.send("names", 0, &name).await;
        let next = i64::try_from(number + 1).expect("few");
        broker.until_committed("greet", "names", 0, next).await;
        plugin.stop().await;
        // The last line: all before it has been read.
        plugin.until_logged("trigger-kafka has ended").await;
        assert_eq!(!plugin.logged(&name).is_empty(), logged, "{arguments:?}");
        let files = ["elsewhere", "state/logs", default].map(|folder| {
            let path = example.path(folder).join("greet_stdout.txt");
            let said = std::fs::read_to_string(path).unwrap_or_default();
            said.contains(&name).then_some(folder)
        });
        let files: Vec<&str> = files.into_iter().flatten().collect();
        assert_eq!(files, Vec::from_iter(kept), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_added_to_unless_they_are_to_be_truncated() {
    let broker = broker_with_names().await;
    let example = Example::new(&broker.address);
    let folder = example.path("logs");
    std::fs::create_dir(&folder).expect("a folder");
    let file = |name: &str| folder.join(name);
    for (number, (arguments, expected)) in [
        (&["-L", "logs"][..], "before\nHello, Ada! (partition 0, offset 0)\n"),
        (&["-L", "logs", "--truncate-logs"], "Hello, Ada! (partition 0, offset 1)\n"),
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::write(file("greet_stdout.txt"), "before\n").expect("a log");
        let mut command = example.command();
        command.args(arguments);
        let mut plugin = example.start(command);
        broker.producer().send("names", 0, "Ada").await;
        let next = i64::try_from(number + 1).expect("few");
        broker.until_committed("greet", "names", 0, next).await;
        plugin.stop().await;
        let said = std::fs::read_to_string(file("greet_stdout.txt")).expect("a log");
        assert_eq!(said, expected);
        assert!(file("greet_stderr.txt").exists());
    }
}

#[test]
fn what_cannot_be_followed_or_kept_is_refused_in_one_sentence() {
    let example = Example::new("127.0.0.1:1");
    std::fs::write(example.path("file"), "").expect("a file");
    for (arguments, expected) in [
        (
            ["--follow", "great"],
            "trigger-kafka: --follow: the application has no component great; it has greet",
        ),
        (
            ["--log-dir", "file"],
            "trigger-kafka: can't load the components: can't write what component greet says to file/greet_stdout.txt: ",
        ),
    ] {
        let output = example.command().args(arguments).output().expect("trigger-kafka runs");
        let said = String::from_utf8(output.stderr).expect("text");
        let last = said.lines().last().unwrap_or_default();
        assert!(!output.status.success());
        assert!(last.starts_with(expected), "{said}");
    }
}
