//! Uploads and downloads by the product's own pages, beside plain ones by the same browser of the same server.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    Figure, Target,
    relay::{Line, Relay},
    rounds, siegel,
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
        out(Figure::compared(figure, "MiB/s", "plain PUT", &pairs, target));
    }
    Ok(())
}

/// From the click on “save” until the file is verified, beside a streaming GET of as many bytes: without a disk, and
/// into a private file.
pub(super) fn download(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = siegel::scratch(root)?;
    let mut stage = Stage::new(root, &folder)?;
    let sample = Sample::new(&folder, SIZE)?;
    let mut page = stage.new_delivery()?;
    page.compose(&sample.path)?;
    page.send()?;
    let link = page.link()?;
    drop(page);
    let plain = plain_delivery(&mut stage, &sample)?;
    for (figure, to_disk, target, beside) in [
        ("download", false, 0.70, "plain streaming GET"),
        ("download_disk", true, 0.75, "plain GET to a private file"),
    ] {
        let pairs = pairs(7, |ours| {
            if ours {
                let before = Before { page: "", workers: (!to_disk).then_some(DISCARD) };
                let mut page = stage.opened(&link, &before)?;
                Ok(sample.mib / page.save()? * 1000.0)
            } else {
                download_plain(&mut stage, &sample, &plain, to_disk)
            }
        })?;
        out(Figure::compared(figure, "MiB/s", beside, &pairs, Some(Target::AtLeast(target))));
    }
    Ok(())
}

/// Runs both sides in turn; which is first changes from round to round. One round before counts for nothing: it fills
/// caches and compiles what there is to compile.
fn pairs(usual: usize, mut run: impl FnMut(bool) -> Result<f64>) -> Result<Vec<(f64, f64)>> {
    let mut pairs = Vec::new();
    for round in 0..=rounds(usual) {
        let pair = if round % 2 == 0 {
            let ours = run(true)?;
            (ours, run(false)?)
        } else {
            let plain = run(false)?;
            (run(true)?, plain)
        };
        if round > 0 {
            pairs.push(pair);
        }
    }
    Ok(pairs)
}

/// MiB a second by the product's page.
fn upload_ours(stage: &mut Stage, sample: &Sample) -> Result<f64> {
    let mut page = stage.new_delivery()?;
    page.compose(&sample.path)?;
    let milliseconds = page.send()?;
    let link = page.link()?;
    page.delete(&link)?;
    Ok(sample.mib / milliseconds * 1000.0)
}

/// MiB a second by a worker of ours in the same page.
fn upload_plain(stage: &mut Stage, sample: &Sample, reads: Reads) -> Result<f64> {
    let (milliseconds, delivery) = put_plain(stage, sample, reads)?;
    let mut page = stage.new_delivery()?;
    page.value(&format!("bench.ask('DELETE', {}).then(() => true)", delivery["url"]))?;
    Ok(sample.mib / milliseconds * 1000.0)
}

/// Uploads into a delivery of plain bytes; the milliseconds, and how to reach it.
fn put_plain(stage: &mut Stage, sample: &Sample, reads: Reads) -> Result<(f64, Value)> {
    let mut page = stage.new_delivery()?;
    page.value("bench.input()")?;
    page.choose("#bench-file", &[&sample.path])?;
    let delivery = page.value("bench.begin()")?;
    let job = json!({
        "digests": sample.digests, "partBytes": PART_BYTES, "inFlight": IN_FLIGHT, "blob": delivery["blob"],
        "pooled": matches!(reads, Reads::Pooled),
    });
    let file = "document.querySelector('#bench-file').files[0]";
    let milliseconds =
        page.number(&format!("bench.work({}, {{ ...{job}, file: {file} }})", json!(UPLOAD)))?;
    Ok((milliseconds, delivery))
}

/// A sent and opened delivery of plain bytes: what a worker needs to fetch it.
fn plain_delivery(stage: &mut Stage, sample: &Sample) -> Result<Value> {
    let (_, delivery) = put_plain(stage, sample, Reads::Fresh)?;
    let mut page = stage.new_delivery()?;
    let opening = page.value(&format!("bench.finish({delivery})"))?;
    Ok(json!({ "blob": delivery["blob"], "opening": opening }))
}

/// MiB a second by a worker of ours.
fn download_plain(stage: &mut Stage, sample: &Sample, plain: &Value, to_disk: bool) -> Result<f64> {
    let mut page = stage.new_delivery()?;
    let answer =
        page.value(&format!("bench.work({}, {{ ...{plain}, toDisk: {to_disk} }})", json!(DOWNLOAD)))?;
    let read = |key: &str| answer[key].as_f64().with_context(|| format!("no {key}"));
    let mib = read("received")? / f64::from(1 << 20);
    ensure!((mib - sample.mib).abs() < f64::EPSILON, "{mib} of {} MiB came", sample.mib);
    Ok(mib / read("milliseconds")? * 1000.0)
}
