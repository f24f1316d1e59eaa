// The plain side of the upload: the same bytes of the same file in the same parts by the same requests, not encrypted.
// The digests that the server demands are known beforehand.
onmessage = async ({ data: { file, digests, blob, partBytes, inFlight, pooled } }) => {
  const started = performance.now();
  const read = pooled ? intoPool(file) : fresh(file);
  let next = 0;
  let reading = Promise.resolve();
  const lane = async () => {
    while (next < digests.length) {
      const part = next++;
      const start = part * partBytes;
      const end = Math.min(start + partBytes, file.size);
      // A stream gives its bytes in order, so one lane reads at a time while the other sends.
      const bytes = await (reading = reading.then(() => read(start, end)));
      await send('PUT', `${blob}/parts/${part}`, bytes, {
        'content-type': 'application/octet-stream',
        'content-digest': `sha-256=:${digests[part]}:`,
      });
      read.free(bytes);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const whole = JSON.stringify({ parts: digests.length, size: file.size });
  await send('POST', `${blob}/complete`, whole, { 'content-type': 'application/json' });
  postMessage(performance.now() - started);
};

/** The usual way: memory of its own for each part. */
const fresh = (file) =>
  Object.assign((start, end) => file.slice(start, end).arrayBuffer(), { free() {} });

/** One stream into buffers that are used again and again. */
const intoPool = (file) => {
  const reader = file.stream().getReader({ mode: 'byob' });
  const pool = [];
  const read = async (start, end) => {
    let buffer = pool.pop() ?? new ArrayBuffer(end - start);
    for (let at = 0; at < end - start; ) {
      const { value } = await reader.read(new Uint8Array(buffer, at, end - start - at));
      buffer = value.buffer;
      at += value.byteLength;
    }
    return new Uint8Array(buffer, 0, end - start);
  };
  return Object.assign(read, { free: (bytes) => pool.push(bytes.buffer) });
};

const send = (method, url, body, headers) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = () => {};
    request.onloadend = () =>
      request.status === 204 ? resolve() : reject(new Error(`${method} ${url}: ${request.status}`));
    request.send(body);
  });

onunhandledrejection = ({ reason }) => {
  throw reason;
};
