//! Uploads and downloads by the product's own pages, beside plain ones by the same browser of the same server.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    Figure, Target,
    beside::{Took, costs, pairs, speeds},
    process,
    relay::{Line, Relay},
    siegel,
    stage::{Before, PART_BYTES, Sample, Stage},
};

/// MiB that are sent and fetched.
const SIZE: u32 = 512;
/// Parts that the product has on their way at a time.
const IN_FLIGHT: u32 = 2;
/// A fast line of an office.
const GIGABIT: Line = Line { bits_per_second: 1e9, round_trip: Duration::from_millis(2) };

const UPLOAD: &str = include_str!("www/upload.js");
const DOWNLOAD: &str = include_str!("www/download.js");
const DISCARD: &str = include_str!("www/discard.js");

/// How the plain side of an upload reads its file.
#[derive(Clone, Copy)]
enum Reads {
    /// As the product does: a stream into buffers that are used again.
    Pooled,
    /// As pages usually do: memory of its own for each part.
    Fresh,
}

/// From the click on “send” to the link, beside the same bytes PUT as they are: as fast as this machine can, and over a
/// fast line.
pub(super) fn upload(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = siegel::scratch(root)?;
    let mut stage = Stage::new(root, &folder)?;
    let sample = Sample::new(&folder, SIZE)?;
    let direct = stage.origin.clone();
    let line = Relay::start(stage.siegel.port(), GIGABIT)?;
    let paced = format!("http://localhost:{}", line.port());
    for (figure, origin, reads, target, usual) in [
        ("upload", &direct, Reads::Pooled, Some(Target::AtLeast(0.85)), 7),
        ("upload_fresh", &direct, Reads::Fresh, None, 5),
        ("upload_gigabit", &paced, Reads::Pooled, Some(Target::AtLeast(0.97)), 5),
    ] {
        stage.origin.clone_from(origin);
        let pairs = pairs(usual, |ours| match ours {
            true => upload_ours(&mut stage, &sample),
            false => upload_plain(&mut stage, &sample, reads),
        })?;
        out(Figure::compared(figure, "MiB/s", "plain PUT", &speeds(&pairs), target));
        if figure == "upload" {
            out(Figure::compared("upload_cpu", "CPU s/GiB", "plain PUT", &costs(&pairs), None));
        }
    }
    Ok(())
}

/// From the click on “save” until the file is verified, beside a streaming GET of as many bytes: without a disk, and
/// into a private file on one.
pub(super) fn download(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    for (figure, folder, to_disk, target, beside) in [
        ("download", siegel::scratch(root)?, false, 0.70, "plain streaming GET"),
        ("download_disk", siegel::disk(root)?, true, 0.75, "plain GET to a private file"),
    ] {
        let mut stage = Stage::new(root, &folder)?;
        let sample = Sample::new(&folder, SIZE)?;
        let mut page = stage.new_delivery()?;
        page.compose(&sample.path)?;
        page.send()?;
        let link = page.link()?;
        drop(page);
        let plain = plain_delivery(&mut stage, &sample)?;
        let browser = stage.browser.process();
        let pairs = pairs(7, |ours| {
            if ours {
                let before = Before { page: "", workers: (!to_disk).then_some(DISCARD) };
                let mut page = stage.opened(&link, &before)?;
                took(browser, sample.mib, || page.save())
            } else {
                download_plain(&mut stage, &sample, &plain, to_disk)
            }
        })?;
        out(Figure::compared(figure, "MiB/s", beside, &speeds(&pairs), Some(Target::AtLeast(target))));
        if !to_disk {
            out(Figure::compared("download_cpu", "CPU s/GiB", beside, &costs(&pairs), None));
        }
    }
    Ok(())
}

/// Runs a transfer that tells its milliseconds.
fn took(browser: u32, mib: f64, transfer: impl FnOnce() -> Result<f64>) -> Result<Took> {
    let clock = process::Clock::start(&process::family(browser)?);
    let milliseconds = transfer()?;
    Ok(Took { speed: mib / milliseconds * 1000.0, cpu: clock.seconds() / mib * 1024.0 })
}

/// By the product's page.
fn upload_ours(stage: &mut Stage, sample: &Sample) -> Result<Took> {
    let browser = stage.browser.process();
    let mut page = stage.new_delivery()?;
    page.compose(&sample.path)?;
    let took = took(browser, sample.mib, || page.send())?;
    let link = page.link()?;
    page.delete(&link)?;
    Ok(took)
}

/// By a worker of ours in the same page.
fn upload_plain(stage: &mut Stage, sample: &Sample, reads: Reads) -> Result<Took> {
    let (took, delivery) = put_plain(stage, sample, reads)?;
    let mut page = stage.new_delivery()?;
    page.value(&format!("bench.ask('DELETE', {}).then(() => true)", delivery["url"]))?;
    Ok(took)
}

/// Uploads into a delivery of plain bytes; what it took, and how to reach it.
fn put_plain(stage: &mut Stage, sample: &Sample, reads: Reads) -> Result<(Took, Value)> {
    let browser = stage.browser.process();
    let mut page = stage.new_delivery()?;
    page.value("bench.input()")?;
    page.choose("#bench-file", &[&sample.path])?;
    let delivery = page.value("bench.begin()")?;
    let job = json!({
        "digests": sample.digests, "partBytes": PART_BYTES, "inFlight": IN_FLIGHT, "blob": delivery["blob"],
        "pooled": matches!(reads, Reads::Pooled),
    });
    let file = "document.querySelector('#bench-file').files[0]";
    let work = format!("bench.work({}, {{ ...{job}, file: {file} }})", json!(UPLOAD));
    let took = took(browser, sample.mib, || page.number(&work))?;
    Ok((took, delivery))
}

/// A sent and opened delivery of plain bytes: what a worker needs to fetch it.
fn plain_delivery(stage: &mut Stage, sample: &Sample) -> Result<Value> {
    let (_, delivery) = put_plain(stage, sample, Reads::Fresh)?;
    let mut page = stage.new_delivery()?;
    let opening = page.value(&format!("bench.finish({delivery})"))?;
    Ok(json!({ "blob": delivery["blob"], "opening": opening }))
}

/// By a worker of ours.
fn download_plain(stage: &mut Stage, sample: &Sample, plain: &Value, to_disk: bool) -> Result<Took> {
    let browser = stage.browser.process();
    let mut page = stage.new_delivery()?;
    let work = format!("bench.work({}, {{ ...{plain}, toDisk: {to_disk} }})", json!(DOWNLOAD));
    took(browser, sample.mib, || {
        let answer = page.value(&work)?;
        let read = |key: &str| answer[key].as_f64().with_context(|| format!("no {key}"));
        let mib = read("received")? / f64::from(1 << 20);
        ensure!((mib - sample.mib).abs() < f64::EPSILON, "{mib} of {} MiB came", sample.mib);
        read("milliseconds")
    })
}
