// Shows one received file. The file may be hostile, and so this page is a place where nothing is to be had: a sandbox with
// an opaque origin and no connection (see headers.rs). It gets the file's bytes from the page around it, and answers with
// single words. Opened by itself it shows nothing.

/** Most pixels of a picture; the page around has looked at the file's head, this looks at what the decoder found. */
const MOST_PIXELS = 100e6;
/** As the style sheet has it. */
const LINES_IN_BLOCK = 200;

const kinds = { picture, drawing: picture, text, pdf };

function begin(event) {
  if (event.source !== parent || parent === window || event.ports.length !== 1) {
    return;
  }
  removeEventListener('message', begin);
  const port = event.ports[0];
  const say = (word, ...figures) => port.postMessage({ word, figures });
  addEventListener('keydown', ({ key }) => {
    // The dialog around does not hear the keys that are pressed here.
    if (key === 'Escape') {
      say('closed');
    }
  });
  say('ready');
  document.documentElement.lang = event.data.language;
  // What the decoder says about a stranger's file is nobody's to read.
  kinds[event.data.kind](event.data, say).catch(() => say('failed'));
}
addEventListener('message', begin);

/** The scrolling area in which everything is shown; it takes the focus, so that keys scroll it. */
export function area(kind, { words }) {
  const main = document.createElement('main');
  main.className = kind;
  main.tabIndex = 0;
  main.setAttribute('aria-label', words.content);
  document.body.append(main);
  return main;
}

async function picture(file, say) {
  const address = URL.createObjectURL(new Blob([file.bytes], { type: file.type }));
  const image = new Image();
  image.alt = file.words.content;
  try {
    await new Promise((loaded, failed) => {
      image.onload = loaded;
      image.onerror = failed;
      image.src = address;
    });
  } finally {
    URL.revokeObjectURL(address);
  }
  if (image.naturalWidth * image.naturalHeight > MOST_PIXELS) {
    throw new RangeError('too many pixels');
  }
  area(file.kind, file).append(image);
  say('shown', image.naturalWidth, image.naturalHeight);
}

async function text(file, say) {
  const pre = document.createElement('pre');
  // Laying out all lines at once would take a browser minutes. In blocks only what is seen is laid out.
  const lines = decode(file.bytes, file.cut).match(/[^\n]{0,10000}\n?/gu);
  for (let first = 0; first < lines.length; first += LINES_IN_BLOCK) {
    const block = document.createElement('div');
    block.textContent = lines.slice(first, first + LINES_IN_BLOCK).join('');
    pre.append(block);
  }
  area('text', file).append(pre);
  say('shown');
}

/** UTF-16 says so at its beginning; what is no UTF-8 is Windows-1252, which takes anything. */
function decode(bytes, cut) {
  const [first, second] = new Uint8Array(bytes);
  const with16 = { '255,254': 'utf-16le', '254,255': 'utf-16be' }[`${first},${second}`];
  // A text that is cut may end within a letter, which a stream leaves out.
  const read = (encoding, fatal) => new TextDecoder(encoding, { fatal }).decode(bytes, { stream: cut });
  if (with16) {
    return read(with16, false);
  }
  try {
    return read('utf-8', true);
  } catch {
    return read('windows-1252', false);
  }
}

async function pdf(file, say) {
  const { show } = await import('{{asset preview-pdf.js}}');
  await show(file, area('pdf', file), say);
}
