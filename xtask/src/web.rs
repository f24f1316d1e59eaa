//! The web app: its wasm modules, their glue, and everything in `www/`, under names that carry their hash.
//!
//! It has two halves (`web-app/src/lib.rs`), and what only one of them needs the other does not load. A file in `www/`
//! that mentions `{{half}}` is made once for each half, with the half's name in its own.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    build,
    css::{self, Words},
    run, say, tools, weight,
};

/// Files that keep their name because browsers, robots and the web app ask for them by it.
const ROOT_FILES: &[&str] =
    &["guest-index.html", "member-index.html", "preview.html", "favicon.svg", "robots.txt"];
/// For those who come with a link, and for those who have an account.
const HALVES: &[&str] = &["guest", "member"];
/// Sources whose classes only members see: those who come with a link do not load the design system's rules for them.
const MEMBERS_ONLY: &[&str] = &[
    "pages/account",
    "pages/addressed.rs",
    "pages/answer.rs",
    "pages/boxes",
    "pages/new",
    "widgets/account",
    "member.rs",
    "passkey.rs",
];
/// Stands for a half's name.
const HALF: &str = "{{half}}";
/// The wasm modules, as cargo calls them.
const MODULES: &[&str] = &["guest-app", "guest-worker", "member-app", "member-worker"];
/// Folders of `www/` whose files are not served as they are: texts are compiled in, style sheets put together.
const COMPILED: &[&str] = &["locales", "style"];
/// What is taken from npm packages: path below `node_modules`, name among our assets.
const FROM_NPM: &[(&str, &str)] = &[
    ("@fontsource/fira-sans/files/fira-sans-latin-400-normal.woff2", "fira-sans-latin-400.woff2"),
    ("@fontsource/fira-sans/files/fira-sans-latin-600-normal.woff2", "fira-sans-latin-600.woff2"),
    ("@fontsource/fira-sans/files/fira-sans-latin-ext-400-normal.woff2", "fira-sans-latin-ext-400.woff2"),
    ("@fontsource/fira-sans/files/fira-sans-latin-ext-600-normal.woff2", "fira-sans-latin-ext-600.woff2"),
    ("pdfjs-dist/legacy/build/pdf.min.mjs", "preview-pdfjs.js"),
    ("pdfjs-dist/legacy/build/pdf.worker.min.mjs", "preview-pdfjs-worker.js"),
    ("@kern-ux/native/LICENSE.md", "licence-kern-ux.txt"),
    ("@fontsource/fira-sans/LICENSE", "licence-fira-sans.txt"),
    ("pdfjs-dist/LICENSE", "licence-pdfjs.txt"),
    ("pdfjs-dist/standard_fonts/LICENSE_FOXIT", "licence-pdfjs-fonts.txt"),
    ("pdfjs-dist/wasm/LICENSE_JBIG2", "licence-jbig2.txt"),
    ("pdfjs-dist/wasm/LICENSE_PDFJS_JBIG2", "licence-pdfjs-jbig2.txt"),
    ("pdfjs-dist/wasm/LICENSE_OPENJPEG", "licence-openjpeg.txt"),
    ("pdfjs-dist/wasm/LICENSE_PDFJS_OPENJPEG", "licence-pdfjs-openjpeg.txt"),
    ("@zxcvbn-ts/core/LICENSE.txt", "licence-zxcvbn-ts.txt"),
    ("fastest-levenshtein/LICENSE.md", "licence-fastest-levenshtein.txt"),
];
/// The design system's style sheet, of which each half gets the rules that it needs.
const KERN: &str = "@kern-ux/native/dist/kern.min.css";
/// What pdf.js asks for while it works. The page it works in has no connection at all, only scripts: so this is one.
const PDF_KIT: &[&str] = &[
    "pdfjs-dist/standard_fonts/FoxitDingbats.pfb",
    "pdfjs-dist/standard_fonts/FoxitSymbol.pfb",
    "pdfjs-dist/wasm/jbig2.wasm",
    "pdfjs-dist/wasm/openjpeg.wasm",
];
/// The estimator of strength and its words, in the order in which they need each other. Each is a script for a page, which adds
/// itself to what it takes for the page's `this`.
const ZXCVBN: &[&str] = &[
    "@zxcvbn-ts/core/dist/zxcvbn-ts.js",
    "@zxcvbn-ts/language-common/dist/zxcvbn-ts.js",
    "@zxcvbn-ts/language-en/dist/zxcvbn-ts.js",
    "@zxcvbn-ts/language-de/dist/zxcvbn-ts.js",
];
/// Already compressed, or too small to matter.
const INCOMPRESSIBLE: &[&str] = &["woff2", "png", "ico"];
const LEAST_COMPRESSED: usize = 512;

/// Builds `target/web`. Does nothing when no input changed since the last time.
pub(crate) fn build(root: &Path) -> Result<()> {
    tools::wasm_target()?;
    tools::node_packages(root)?;
    say("Building the web app (the first time takes minutes)");
    build::with_lints(run::cargo(root).args([
        "build",
        "--locked",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm-release",
        "-p",
        "web-app",
        "-p",
        "crypto-worker",
        "--bins",
    ]))?;
    let target = run::target_dir(root);
    let compiled = target.join("wasm32-unknown-unknown/wasm-release");
    let mut sources = Sources::default();
    sources.folder(&root.join("www"))?;
    for (from, name) in FROM_NPM {
        sources.add(name, from_npm(root, from)?)?;
    }
    for half in HALVES {
        sources.style(root, half)?;
    }
    sources.add("preview-pdf-kit.js", pdf_kit(root)?)?;
    sources.add("strength-zxcvbn.js", zxcvbn(root)?)?;
    let modules: Vec<_> = MODULES.iter().map(|name| compiled.join(name).with_extension("wasm")).collect();
    let stamp = sources.fingerprint(&modules)?;
    let stamp_file = target.join("web.stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) && target.join("web").exists() {
        return Ok(());
    }
    say("Packing the web app");
    for module in &modules {
        bind(module, &target.join("web-bindgen"), &mut sources)?;
    }
    // Made beside the old folder and then moved, so that an interrupted build leaves no half of one.
    let fresh = target.join("web.new");
    clear(&fresh)?;
    Packer { sources: &sources.0, out: fresh.clone(), urls: BTreeMap::new() }.pack()?;
    weight::check(&fresh)?;
    clear(&target.join("web"))?;
    fs::remove_dir(target.join("web"))?;
    fs::rename(&fresh, target.join("web"))?;
    fs::write(stamp_file, stamp)?;
    Ok(())
}

fn from_npm(root: &Path, path: &str) -> Result<Vec<u8>> {
    fs::read(root.join("node_modules").join(path)).with_context(|| format!("reading {path}"))
}

/// A module that exports the files of [`PDF_KIT`] by their names, in base64.
fn pdf_kit(root: &Path) -> Result<Vec<u8>> {
    let mut files = BTreeMap::new();
    for path in PDF_KIT {
        files.insert(path.rsplit('/').next(), Base64::encode_string(&from_npm(root, path)?));
    }
    let mut module = b"export default ".to_vec();
    serde_json::to_writer(&mut module, &files)?;
    Ok(module)
}

/// A module that exports what the scripts of [`ZXCVBN`] give.
fn zxcvbn(root: &Path) -> Result<Vec<u8>> {
    let mut module = b"const page = {};\n(function () {\n".to_vec();
    for path in ZXCVBN {
        let script =
            String::from_utf8(from_npm(root, path)?).with_context(|| format!("{path} is not UTF-8"))?;
        // Its source map is not served.
        for line in script.lines().filter(|line| !line.starts_with("//# sourceMappingURL=")) {
            module.extend_from_slice(line.as_bytes());
            module.push(b'\n');
        }
    }
    module.extend_from_slice(b"}).call(page);\nexport default page.zxcvbnts;\n");
    Ok(module)
}

/// Every asset before hashing, by name.
#[derive(Default)]
struct Sources(BTreeMap<String, Vec<u8>>);

impl Sources {
    fn add(&mut self, name: &str, bytes: Vec<u8>) -> Result<()> {
        match self.0.insert(name.to_owned(), bytes) {
            None => Ok(()),
            Some(_) => Err(anyhow!("two assets are called {name}")),
        }
    }

    /// Adds a file, or one for each half.
    fn file(&mut self, name: &str, bytes: Vec<u8>) -> Result<()> {
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.contains(HALF) => HALVES.iter().try_for_each(|half| {
                self.add(&format!("{half}-{name}"), text.replace(HALF, half).into_bytes())
            }),
            _ => self.add(name, bytes),
        }
    }

    /// Puts a half's style sheet together: what it needs of the design system's, what is ours, and what only members see.
    fn style(&mut self, root: &Path, half: &str) -> Result<()> {
        let (pages, members) = (root.join("web-app/src"), root.join("www/style/member.css"));
        let mut sheets = vec![root.join("www/style/all.css")];
        let mut left_out = Vec::new();
        if half == "member" {
            sheets.push(members);
        } else {
            left_out.extend(MEMBERS_ONLY.iter().map(|path| pages.join(path)));
            left_out.push(members);
        }
        let kern =
            String::from_utf8(from_npm(root, KERN)?).with_context(|| format!("{KERN} is not UTF-8"))?;
        let words = Words::below(&[root.join("www"), pages], &left_out)?;
        let mut style = css::purge(&kern, "kern-", &words);
        for sheet in sheets {
            style += &fs::read_to_string(&sheet).with_context(|| format!("reading {}", sheet.display()))?;
        }
        self.add(&format!("{half}.css"), style.into_bytes())
    }

    fn folder(&mut self, folder: &Path) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|n| n.to_str()).context("a name in www/ is not UTF-8")?;
            if path.is_dir() {
                if !COMPILED.contains(&name) {
                    self.folder(&path)?;
                }
            } else {
                self.file(name, fs::read(&path)?)?;
            }
        }
        Ok(())
    }

    fn fingerprint(&self, modules: &[PathBuf]) -> Result<String> {
        let mut hash = Sha256::new();
        hash.update(include_bytes!("web.rs"));
        for (name, bytes) in &self.0 {
            hash.update(name);
            hash.update(Sha256::digest(bytes));
        }
        for module in modules {
            hash.update(Sha256::digest(
                fs::read(module).with_context(|| format!("reading {}", module.display()))?,
            ));
        }
        Ok(Base64UrlUnpadded::encode_string(&hash.finalize()))
    }
}

/// Runs wasm-bindgen and adds the module and its glue to the assets.
fn bind(module: &Path, out: &Path, sources: &mut Sources) -> Result<()> {
    clear(out)?;
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .generate(out)?;
    sources.folder(out)
}

/// Writes assets under hashed names; those they mention first.
struct Packer<'a> {
    sources: &'a BTreeMap<String, Vec<u8>>,
    out: PathBuf,
    urls: BTreeMap<String, Option<String>>,
}

impl Packer<'_> {
    fn pack(mut self) -> Result<()> {
        fs::create_dir_all(self.out.join("assets"))?;
        for name in self.sources.keys() {
            self.asset(name)?;
        }
        Ok(())
    }

    /// The URL of an asset, written at the first call.
    fn asset(&mut self, name: &str) -> Result<String> {
        match self.urls.get(name) {
            Some(Some(url)) => return Ok(url.clone()),
            Some(None) => bail!("assets mention each other in a circle at {name}"),
            None => {}
        }
        self.urls.insert(name.to_owned(), None);
        let bytes = self.sources.get(name).with_context(|| format!("no asset is called {name}"))?;
        let bytes = if matches!(extension(name), "html" | "js" | "css") {
            self.fill_in(name, bytes)?
        } else {
            bytes.clone()
        };
        let url = if ROOT_FILES.contains(&name) {
            format!("/{name}")
        } else {
            let hash = Base64UrlUnpadded::encode_string(&Sha256::digest(&bytes)[..9]);
            let (stem, extension) =
                name.rsplit_once('.').with_context(|| format!("{name} has no extension"))?;
            format!("/assets/{stem}-{hash}.{extension}")
        };
        self.write(&url, &bytes)?;
        self.urls.insert(name.to_owned(), Some(url.clone()));
        Ok(url)
    }

    /// Replaces each `{{asset NAME}}` by the URL of that asset.
    fn fill_in(&mut self, name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let text = std::str::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?;
        let mut pieces = text.split("{{asset ");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (asset, rest) =
                piece.split_once("}}").with_context(|| format!("{name}: {{{{asset without end"))?;
            filled.push_str(&self.asset(asset.trim())?);
            filled.push_str(rest);
        }
        Ok(filled.into_bytes())
    }

    fn write(&self, url: &str, bytes: &[u8]) -> Result<()> {
        let path = self.out.join(url.trim_start_matches('/'));
        fs::write(&path, bytes)?;
        if bytes.len() < LEAST_COMPRESSED || INCOMPRESSIBLE.contains(&extension(url)) {
            return Ok(());
        }
        let beside = |suffix: &str| PathBuf::from(format!("{}.{suffix}", path.display()));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        fs::write(beside("gz"), gzip.finish()?)?;
        let mut brotli = Vec::new();
        // The best takes its time, which is wasted on what is not delivered.
        let quality = if weight::counts() { 11 } else { 3 };
        let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut &*bytes, &mut brotli, &parameters)?;
        fs::write(beside("br"), brotli)?;
        Ok(())
    }
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).map_err(Into::into)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn pack(files: &[(&str, &str)]) -> Result<(PathBuf, BTreeMap<String, String>)> {
        let sources =
            files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        let out = std::env::temp_dir().join(format!("siegel-pack-{}-{}", std::process::id(), files.len()));
        clear(&out)?;
        fs::create_dir_all(out.join("assets"))?;
        let mut packer = Packer { sources: &sources, out: out.clone(), urls: BTreeMap::new() };
        let urls = files
            .iter()
            .map(|(name, _)| Ok(((*name).to_owned(), packer.asset(name)?)))
            .collect::<Result<_>>();
        Ok((out, urls?))
    }

    #[test]
    fn a_change_in_a_leaf_changes_every_name_above_it() {
        let index = ("guest-index.html", "<script src=\"{{asset boot.js}}\">");
        let boot = ("boot.js", "import '{{asset glue.js}}'");
        let (out, first) = pack(&[index, boot, ("glue.js", "1")]).unwrap();
        let (_, second) = pack(&[index, boot, ("glue.js", "2")]).unwrap();
        assert_ne!(first["glue.js"], second["glue.js"]);
        assert_ne!(first["boot.js"], second["boot.js"]);
        assert_eq!(first["guest-index.html"], "/guest-index.html");
        assert!(fs::read_to_string(out.join("guest-index.html")).unwrap().contains(&second["boot.js"]));
        fs::remove_dir_all(out).unwrap();
    }

    #[test]
    fn each_half_gets_its_own() {
        let mut sources = Sources::default();
        sources.file("boot.js", b"start('{{asset {{half}}-app.js}}')".to_vec()).unwrap();
        sources.file("preview.css", b"main {}".to_vec()).unwrap();
        assert_eq!(sources.0["guest-boot.js"], b"start('{{asset guest-app.js}}')");
        assert_eq!(sources.0["member-boot.js"], b"start('{{asset member-app.js}}')");
        assert_eq!(sources.0.keys().len(), 3);
    }

    #[test]
    fn circles_and_unknown_names_are_errors() {
        assert!(pack(&[("a.js", "{{asset b.js}}"), ("b.js", "{{asset a.js}}")]).is_err());
        assert!(pack(&[("a.css", "url({{asset nowhere.woff2}})")]).is_err());
    }
}
