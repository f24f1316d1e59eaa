// Lets the browser save what a page decrypts as a download that grows while it is decrypted: for files that are too large
// to be kept until their end is verified. It answers below /save/ and nowhere else, only what a page has just offered,
// each once, and it knows no keys: chunks come through a port from the crypto worker (pipeline/outlet.rs), each verified.
//
// A download ends in one of two ways: the port said "end" and everything was taken, or it is broken off and the browser
// calls it failed. When the other side falls silent, it is broken off too; each sign of life is answered, so that the
// other side notices when we fall silent.
'use strict';

/** Chunks that may wait here: what is decrypted while the disk is busy. */
const WINDOW = 8;
/** Milliseconds between two looks at who is still alive, and how many signs of life may be missed. */
const LOOK = 5000;
const MOST_MISSED = 3;

/** What pages have offered and nobody has fetched yet: { name, size, port, begun } by id. */
const offers = new Map();
/** The port of each running download, and how many signs of life it has missed, by id. */
const running = new Map();

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('message', ({ data, ports }) => {
  if (data.offer) {
    const [port, begun] = ports;
    offers.set(data.offer, { name: data.name, size: data.size, port, begun });
    begun.postMessage('offered');
  } else if (running.has(data.alive)) {
    const download = running.get(data.alive);
    download.missed = 0;
    download.port.postMessage('alive');
  }
});

self.addEventListener('fetch', (event) => {
  const id = new URL(event.request.url).pathname.slice('/save/'.length);
  const offer = offers.get(id);
  offers.delete(id);
  event.respondWith(offer ? download(id, offer) : new Response(null, { status: 404, headers: SAFE }));
});

/** No browser shows what these come with. */
const SAFE = {
  'content-type': 'application/octet-stream',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

function download(id, { name, size, port, begun }) {
  // RFC 8187: what encodeURIComponent leaves out although a header field may not hold it.
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => '%' + c.charCodeAt(0).toString(16));
  const headers = {
    ...SAFE,
    'content-length': String(size),
    'content-disposition': `attachment; filename*=UTF-8''${encoded}`,
  };
  begun.postMessage('begun');
  return new Response(body(id, port), { headers });
}

function body(id, port) {
  let received = 0;
  let ended = false;
  let look;
  const rest = () => {
    clearInterval(look);
    running.delete(id);
  };
  return new ReadableStream({
    start(controller) {
      const breakOff = () => {
        rest();
        controller.error(new Error('The file did not come to its end.'));
        port.postMessage('stopped');
      };
      const download = { port, missed: 0 };
      running.set(id, download);
      look = setInterval(() => {
        download.missed += 1;
        if (download.missed > MOST_MISSED) {
          breakOff();
        }
      }, LOOK);
      port.onmessage = ({ data }) => {
        if (data instanceof Uint8Array) {
          received += 1;
          controller.enqueue(data);
        } else if (data === 'end') {
          ended = true;
          this.pull(controller);
        } else {
          breakOff();
        }
      };
    },
    // Called whenever there is room: says how many chunks may have come in all, and ends when the last one was taken.
    pull(controller) {
      if (!ended) {
        port.postMessage(received + controller.desiredSize);
      } else if (controller.desiredSize === WINDOW) {
        rest();
        controller.close();
        port.postMessage('taken');
      }
    },
    // The person stopped it, or the disk is full.
    cancel() {
      rest();
      port.postMessage('stopped');
    },
  }, new CountQueuingStrategy({ highWaterMark: WINDOW }));
}
