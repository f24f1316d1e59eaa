// Shows the pages of a PDF with pdf.js: as pictures, with their text beside them for screen readers. Links, forms and
// scripts of the document are not made; pdf.js itself has no JavaScript from the document either.
import * as pdfjs from '{{asset preview-pdfjs.js}}';
import kit from '{{asset preview-pdf-kit.js}}';

/** Most pages that are shown: each needs its place in the document, even before it is drawn. */
const MOST_PAGES = 2000;
/** Most pixels of a picture within a page. */
const MOST_PIXELS = 100e6;
/** Most pixels of a drawn page; a larger one is drawn more coarsely. */
const MOST_DRAWN = 16e6;
const ZOOM = { step: 1.25, least: 0.5, most: 4 };

const WORKER = new URL('{{asset preview-pdfjs-worker.js}}', location.href).href;

/** A worker of an opaque origin can only come from a `blob:` of its own, which then imports the real script. */
function startWorker() {
  const script = new Blob([`import ${JSON.stringify(WORKER)};`], { type: 'text/javascript' });
  const address = URL.createObjectURL(script);
  const policy = window.trustedTypes?.createPolicy('preview', { createScriptURL: () => address });
  const worker = new Worker(policy ? policy.createScriptURL('') : address, { type: 'module' });
  return new Promise((listening, failed) => {
    // pdf.js speaks first.
    worker.addEventListener('message', () => listening(worker), { once: true });
    worker.addEventListener('error', failed, { once: true });
  }).finally(() => URL.revokeObjectURL(address));
}

/** pdf.js in a worker; on this page's own thread where the browser allows none here. */
async function engine() {
  try {
    return new pdfjs.PDFWorker({ port: await startWorker() });
  } catch {
    globalThis.pdfjsWorker = await import(WORKER);
    return new pdfjs.PDFWorker();
  }
}

/** Shows the document `file.bytes` in `area`. */
export async function show(file, area, say) {
  /** Gives pdf.js the fonts and decoders it asks for. */
  class Kit {
    async fetch({ filename }) {
      if (Object.hasOwn(kit, filename)) {
        return Uint8Array.from(atob(kit[filename]), (letter) => letter.charCodeAt(0));
      }
      say('incomplete');
      throw new Error(`${filename} is not here`);
    }
  }
  const pdf = await pdfjs.getDocument({
    data: new Uint8Array(file.bytes),
    worker: await engine(),
    BinaryDataFactory: Kit,
    useWorkerFetch: false,
    useSystemFonts: true,
    disableWorkerRendering: true,
    enableXfa: false,
    maxImageSize: MOST_PIXELS,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  }).promise;
  const shown = Math.min(pdf.numPages, MOST_PAGES);
  const first = await pdf.getPage(1);
  const pages = Array.from({ length: shown }, (_, index) => new Page(pdf, index + 1, file.words));
  const view = new View(area, pages, first.getViewport({ scale: 1 }), file.words);
  await pages[0].draw(view.width);
  say('shown', pdf.numPages, shown);
}

/** One page: its place in the document, and while it is near the window, its picture. */
class Page {
  constructor(pdf, number, words) {
    Object.assign(this, { pdf, number, drawing: null });
    this.place = document.createElement('section');
    const count = pdf.numPages;
    this.place.setAttribute('aria-label', words.page.replace('{number}', number).replace('{count}', count));
  }

  /** Takes the place of a page of this size at a width of so many CSS pixels. */
  reserve(size, width) {
    this.place.style.width = `${width}px`;
    this.place.style.height = `${(width * size.height) / size.width}px`;
  }

  /** Draws the page at this width, unless that is done or under way. */
  draw(width) {
    if (this.drawing?.width !== width) {
      this.erase();
      const drawing = { width };
      this.drawing = drawing;
      drawing.done = this.paint(drawing).catch((error) => {
        if (this.drawing === drawing) {
          throw error; // else it was called off: the page was left, or the size changed
        }
      });
    }
    return this.drawing.done;
  }

  async paint(drawing) {
    const page = await this.pdf.getPage(this.number);
    const size = page.getViewport({ scale: 1 });
    const scale = drawing.width / size.width;
    const area = drawing.width * size.height * scale;
    const viewport = page.getViewport({ scale: scale * Math.min(devicePixelRatio, 2, Math.sqrt(MOST_DRAWN / area)) });
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.floor(viewport.width));
    canvas.height = Math.max(1, Math.floor(viewport.height));
    canvas.setAttribute('aria-hidden', 'true');
    if (this.drawing !== drawing) {
      return;
    }
    this.reserve(size, drawing.width);
    drawing.task = page.render({ canvas, viewport });
    await drawing.task.promise;
    const { items } = await page.getTextContent();
    if (this.drawing === drawing) {
      const text = document.createElement('p');
      text.className = 'spoken';
      text.textContent = items.map(({ str, hasEOL }) => (hasEOL ? `${str}\n` : str)).join('');
      this.place.replaceChildren(canvas, text);
    }
  }

  /** Gives the memory back; the place stays. */
  erase() {
    this.drawing?.task?.cancel();
    this.drawing = null;
    for (const canvas of this.place.querySelectorAll('canvas')) {
      canvas.width = 0;
    }
    this.place.replaceChildren();
  }
}

/** All pages below each other, those near the window drawn; above them where one is, and buttons for the size. */
class View {
  constructor(area, pages, size, words) {
    Object.assign(this, { area, pages, size, zoom: 1, near: new Set() });
    this.where = document.createElement('output');
    const bar = document.createElement('div');
    bar.className = 'bar';
    bar.append(
      this.where,
      this.button('−', words.smaller, 1 / ZOOM.step),
      this.button('+', words.larger, ZOOM.step),
    );
    area.before(bar);
    area.append(...pages.map((page) => page.place));
    this.arrange();
    area.addEventListener('scroll', () => this.tellWhere(), { passive: true });
    this.tellWhere();
    const observer = new IntersectionObserver((entries) => this.moved(entries), { root: area, rootMargin: '100% 0%' });
    pages.forEach((page) => observer.observe(page.place));
    new ResizeObserver(() => this.arrange()).observe(area);
  }

  /** A button that changes the size by a factor. */
  button(sign, name, factor) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.setAttribute('aria-label', name);
    button.addEventListener('click', () => {
      this.zoom = Math.min(Math.max(this.zoom * factor, ZOOM.least), ZOOM.most);
      this.arrange();
    });
    return button;
  }

  /** Makes room for all pages at the present size; what is read stays where it is. */
  arrange() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.area);
    const room = this.area.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const width = Math.max(1, Math.floor(room * this.zoom));
    if (width === this.width) {
      return;
    }
    const read = this.area.scrollTop / Math.max(1, this.area.scrollHeight);
    this.width = width;
    this.pages.forEach((page) => page.reserve(this.size, width));
    this.area.scrollTop = read * this.area.scrollHeight;
    this.near.forEach((page) => this.draw(page));
  }

  moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const page = this.pages.find(({ place }) => place === target);
      if (isIntersecting) {
        this.near.add(page);
        this.draw(page);
      } else {
        this.near.delete(page);
        page.erase();
      }
    }
    this.tellWhere();
  }

  /** A page that cannot be drawn leaves its place empty; the others are there. */
  draw(page) {
    page.draw(this.width).catch(() => {});
  }

  tellWhere() {
    const middle = this.area.scrollTop + this.area.clientHeight / 2;
    const here = this.pages.findLast(({ place }) => place.offsetTop <= middle) ?? this.pages[0];
    this.where.textContent = `${here.number} / ${here.pdf.numPages}`;
  }
}
