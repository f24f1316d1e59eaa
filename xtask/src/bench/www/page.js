// Runs in every page of the bench before the product's own scripts.
globalThis.bench = {
  /** Resolves when something matches the selector; rejects when the page shows an error first. */
  seen: (selector) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const error = document.querySelector('#error');
        if (document.querySelector(selector)) {
          resolve();
        } else if (error?.dataset.kind && error.innerText.trim()) {
          reject(new Error(error.innerText));
        } else {
          return;
        }
        observer.disconnect();
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true, attributes: true });
      look();
    }),

  /** Types a text, as far as the page can tell. */
  fill(selector, text) {
    const field = document.querySelector(selector);
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
  },

  /** Milliseconds from pressing a button until something matches the selector. */
  async timed(button, selector) {
    const started = performance.now();
    document.querySelector(button).click();
    await bench.seen(selector);
    return performance.now() - started;
  },

  /** Gives a job to a worker made of this source and returns what it posts. */
  work: (source, job) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.postMessage(job);
    }),

  /** A file input of our own, for files that the product shall not see. */
  input() {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'bench-file';
    document.body.append(input);
  },

  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),

  text: (bytes) => new Uint8Array(bytes).toBase64({ alphabet: 'base64url', omitPadding: true }),

  /** One request to the product's server. */
  async ask(method, path, body) {
    const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const answer = await fetch(path, { method, body, headers });
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer;
  },

  /** Begins a delivery of plain bytes, whose tokens we know. */
  async begin() {
    const [gate, auth] = [bench.random(32), bench.random(32)];
    const hash = async (token) => bench.text(await crypto.subtle.digest('SHA-256', token));
    const delivery = bench.text(bench.random(16));
    await bench.ask('POST', '/api/deliveries', JSON.stringify({
      delivery, level: 1, gate_hash: await hash(gate), auth_hash: await hash(auth), password: false, days: 1,
      resume: bench.text(bench.random(32)),
    }));
    const url = `${location.origin}/api/deliveries/${delivery}`;
    return { url, blob: `${url}/blobs/${bench.text(bench.random(16))}`, gate: bench.text(gate), auth: bench.text(auth) };
  },

  /** Sends a plain delivery and opens it: what the plain side of a download needs. */
  async finish({ url, gate, auth }) {
    await bench.ask('PUT', `${url}/cover`, new Uint8Array(1024));
    await bench.ask('POST', `${url}/send`, JSON.stringify({ recipients: [], listed: false, note: null, language: 'en' }));
    const headers = { authorization: `Bearer ${gate}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ email: 'bert@example.org', auth });
    const opened = await fetch(`${url}/openings`, { method: 'POST', headers, body });
    return (await opened.json()).token;
  },
};
