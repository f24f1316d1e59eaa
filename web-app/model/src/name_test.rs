#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

/// What the sender called it, what it is saved as.
const TABLE: &[(&str, &str)] = &[
    // Left alone.
    ("report.pdf", "report.pdf"),
    ("Prüfbericht Müller & Söhne.docx", "Prüfbericht Müller & Söhne.docx"),
    ("Straße (2).odt", "Straße (2).odt"),
    ("u\u{308}ber.txt", "u\u{308}ber.txt"),
    ("наследство.pdf", "наследство.pdf"),
    ("ملف.pdf", "ملف.pdf"),
    ("文書.txt", "文書.txt"),
    ("한국어.txt", "한국어.txt"),
    ("ภาษาไทย.txt", "ภาษาไทย.txt"),
    ("😀.png", "😀.png"),
    ("👨‍👩‍👧.png", "👨‍👩‍👧.png"),
    ("👩🏽‍⚕️.png", "👩🏽‍⚕️.png"),
    ("❤️‍🔥.png", "❤️‍🔥.png"),
    ("🏳️‍🌈 Fest.jpg", "🏳️‍🌈 Fest.jpg"),
    ("🇩🇪.svg", "🇩🇪.svg"),
    ("archive.tar.gz", "archive.tar.gz"),
    ("a-b_c+d=e,f;g'h~i!j@k#l$m%n^o`p{q}r[s].txt", "a-b_c+d=e,f;g'h~i!j@k#l$m%n^o`p{q}r[s].txt"),
    ("%2e%2e%2fetc", "%2e%2e%2fetc"),
    ("no extension", "no extension"),
    // Marks that turn the reading direction, and other invisible characters.
    ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
    ("\u{202d}a\u{202c}.txt", "a.txt"),
    ("a\u{2066}b\u{2069}.txt", "ab.txt"),
    ("a\u{200e}b\u{200f}c.txt", "abc.txt"),
    ("a\u{61c}b.txt", "ab.txt"),
    ("ab\u{200b}c.txt", "abc.txt"),
    ("ab\u{200c}c.txt", "abc.txt"),
    ("ab\u{200d}c.txt", "abc.txt"),
    ("\u{feff}bom.txt", "bom.txt"),
    ("soft\u{ad}hyphen.txt", "softhyphen.txt"),
    ("word\u{2060}joiner.txt", "wordjoiner.txt"),
    ("filler\u{3164}.txt", "filler.txt"),
    ("braille\u{2800}.txt", "braille.txt"),
    ("line\u{2028}break\u{2029}.txt", "linebreak.txt"),
    ("tag\u{e0041}\u{e007f}.txt", "tag.txt"),
    ("selector\u{fe0f}.txt", "selector.txt"),
    ("selector\u{e0101}.txt", "selector.txt"),
    ("joiner at end😀\u{200d}.txt", "joiner at end😀.txt"),
    ("annotation\u{fff9}a\u{fffb}.txt", "annotationa.txt"),
    ("noncharacter\u{fffe}\u{1ffff}\u{fdd0}.txt", "noncharacter.txt"),
    ("nul\0byte.txt", "nulbyte.txt"),
    ("line\r\nfeed\ttab\u{1b}[31m.txt", "linefeedtab[31m.txt"),
    ("c1\u{85}\u{9b}.txt", "c1.txt"),
    // Blanks.
    ("invoice.pdf                                        .exe", "invoice.pdf .exe"),
    ("a\u{a0}\u{2003}\u{3000}b.txt", "a b.txt"),
    ("   leading.txt", "leading.txt"),
    ("trailing.txt   ", "trailing.txt"),
    // Folders.
    ("../../etc/passwd", "_.._etc_passwd"),
    ("..\\..\\windows\\system32", "_.._windows_system32"),
    ("/etc/passwd", "_etc_passwd"),
    ("C:\\temp\\a.txt", "C__temp_a.txt"),
    ("folder/file.txt", "folder_file.txt"),
    (".", "file"),
    ("..", "file"),
    ("...", "file"),
    // Characters and endings that Windows treats as its own.
    ("a<b>c\"d|e?f*g.txt", "a_b_c_d_e_f_g.txt"),
    ("notes.txt:hidden.exe", "notes.txt_hidden.exe"),
    ("notes.txt::$DATA", "notes.txt__$DATA"),
    ("dots.txt...", "dots.txt"),
    ("dots and blanks.txt. . .", "dots and blanks.txt"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("Nul.tar.gz", "_Nul.tar.gz"),
    ("aux .txt", "_aux .txt"),
    ("COM1", "_COM1"),
    ("lpt9.log", "_lpt9.log"),
    ("COM¹.txt", "_COM¹.txt"),
    ("CONIN$", "_CONIN$"),
    ("c\u{200b}on.txt", "_con.txt"),
    ("console.txt", "console.txt"),
    ("COM10.txt", "COM10.txt"),
    ("null.txt", "null.txt"),
    // Hidden files and options of commands.
    (".htaccess", "htaccess"),
    ("-rf", "rf"),
    ("--help.txt", "help.txt"),
    (". -.a", "a"),
    // Nothing left.
    ("", "file"),
    ("   ", "file"),
    ("\u{202e}\u{200b}", "file"),
    ("\0", "file"),
];

#[test]
fn table() {
    for (given, expected) in TABLE {
        assert_eq!(&safe(given), expected, "{given:?}");
    }
}

#[test]
fn a_second_time_changes_nothing() {
    for (given, _) in TABLE {
        let once = safe(given);
        assert_eq!(safe(&once), once, "{given:?}");
    }
}

#[test]
fn long_names_keep_their_extension() {
    let name = safe(&format!("{}.pdf", "ä".repeat(400)));
    assert!(name.len() <= MAX_BYTES && name.len() > MAX_BYTES - 4, "{}", name.len());
    assert!(name.ends_with("ä.pdf"));
    assert_eq!(safe(&"x".repeat(255)), "x".repeat(255));
    assert_eq!(safe(&"x".repeat(256)), "x".repeat(255));
    assert_eq!(safe(&format!("a.{}", "x".repeat(400))).len(), MAX_BYTES);
}

#[test]
fn a_cut_ends_cleanly() {
    let family = safe(&"👨‍👩‍👧".repeat(40));
    assert!(family.len() <= MAX_BYTES && !family.ends_with(JOINER));
    let blank = safe(&format!("{} tail.txt", "x".repeat(250)));
    assert!(!blank.contains(" .txt"), "{blank}");
    assert_eq!(safe(&family), family);
}

#[test]
fn every_invisible_character_goes() {
    for code in 0..=0x0010_ffff_u32 {
        let Some(character) = char::from_u32(code) else { continue };
        if is_invisible(character) {
            assert_eq!(safe(&format!("a{character}b")), "ab", "U+{code:04X}");
        }
    }
}

fn paths(files: &[(&str, &str)]) -> Vec<String> {
    let join = |path: SafePath| format!("{}|{}", path.folder, path.name);
    safe_paths(files.iter().copied()).into_iter().map(join).collect()
}

#[test]
fn names_of_a_folder_differ() {
    let given = ["a.txt", "A.TXT", "a\u{200b}.txt", "a (2).txt", "b", "b", "", ""];
    let names: Vec<String> = safe_paths(given.map(|name| ("", name))).into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["a.txt", "A (2).TXT", "a (3).txt", "a (2) (2).txt", "b", "b (2)", "file", "file (2)"]);
    // Letters with two lower forms are one to file systems that do not tell upper case from lower.
    assert_eq!(
        paths(&[("", "ΟΔΟΣ"), ("", "οδος"), ("", "οδοσ"), ("", "s"), ("", "ſ")]),
        ["|ΟΔΟΣ", "|οδος (2)", "|οδοσ (3)", "|s", "|ſ (2)"]
    );
    let long = "x".repeat(300) + ".bin";
    let many = safe_paths([("", long.as_str()); 12]);
    assert_eq!(many.iter().map(|path| &path.name).collect::<HashSet<_>>().len(), 12);
    assert!(many.iter().all(|path| path.name.len() <= MAX_BYTES && path.name.ends_with(".bin")));
}

#[test]
fn the_same_name_in_different_folders_stays() {
    let given = [("a", "x"), ("b", "x"), ("", "x"), ("a/b", "x"), ("a", "X")];
    assert_eq!(paths(&given), ["a|x", "b|x", "|x", "a/b|x", "a|X (2)"]);
}

#[test]
fn folders_stay_inside_and_apart() {
    let given = [
        ("/etc", "passwd"),
        ("..", "a"),
        ("a/../../b", "c"),
        ("C:\\Windows", "d"),
        ("C:/Windows", "e"),
        ("./x//y/", "f"),
        ("con/nul.d", "g"),
        ("trailing. /x", "h"),
        (".git", "i"),
        ("\u{202e}\u{200b}", "j"),
    ];
    let expected = [
        "etc|passwd",
        "folder|a",
        "a/folder/folder/b|c",
        "C__Windows|d",
        "C_/Windows|e",
        "x/y|f",
        "_con/_nul.d|g",
        "trailing/x|h",
        "git|i",
        "folder (2)|j",
    ];
    assert_eq!(paths(&given), expected);
}

#[test]
fn twins_that_some_systems_take_for_one() {
    // In upper and lower case, composed and decomposed, a file where a folder is and the other way round.
    let given = [
        ("Docs", "a"),
        ("docs", "a"),
        ("Docs", "b"),
        ("\u{e4}", "a"),
        ("a\u{308}", "a"),
        ("", "DOCS"),
        ("Docs", "sub"),
        ("Docs/sub", "c"),
    ];
    let expected = [
        "Docs|a",
        "docs (2)|a",
        "Docs|b",
        "\u{e4}|a",
        "a\u{308} (2)|a",
        "|DOCS (3)",
        "Docs|sub",
        "Docs/sub (2)|c",
    ];
    assert_eq!(paths(&given), expected);
}

#[test]
fn what_is_too_deep_lies_in_the_deepest_folder() {
    let deep = vec!["x"; 100].join("/");
    let made = safe_paths([(deep.as_str(), "a"), (deep.as_str(), "a")]);
    assert_eq!(made[0].folder.split('/').count(), MAX_DEPTH);
    assert_eq!((made[0].name.as_str(), made[1].name.as_str()), ("a", "a (2)"));
    assert_eq!(made[0].folder, made[1].folder);
    let wide = vec!["ä".repeat(200); 30].join("/");
    let made = safe_paths([(wide.as_str(), "a")]);
    assert!(made[0].folder.len() <= MAX_FOLDER_BYTES && made[0].folder.len() > MAX_FOLDER_BYTES / 2);
}

#[test]
fn made_safe_again_they_stay() {
    let given = [("..", "a"), ("A/b", "con"), ("a/B", "x:y"), (".x", ""), (".x", "")];
    let once = safe_paths(given);
    let twice = safe_paths(once.iter().map(|path| (path.folder.as_str(), path.name.as_str())));
    assert_eq!(once, twice);
}

#[test]
fn ten_thousand_equal_names_are_quick() {
    let long = "x".repeat(300);
    let many = safe_paths(std::iter::repeat_n(("a/b", long.as_str()), 10_000));
    assert_eq!(many.iter().map(|path| &path.name).collect::<HashSet<_>>().len(), 10_000);
}
