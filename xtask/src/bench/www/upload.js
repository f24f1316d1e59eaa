// The plain side of the upload: the same bytes of the same file in the same parts by the same requests, not encrypted.
// The digests that the server demands are known beforehand.
onmessage = async ({ data: { file, digests, blob, partBytes, inFlight } }) => {
  const started = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < digests.length) {
      const part = next++;
      const bytes = await file.slice(part * partBytes, (part + 1) * partBytes).arrayBuffer();
      await send('PUT', `${blob}/parts/${part}`, bytes, {
        'content-type': 'application/octet-stream',
        'content-digest': `sha-256=:${digests[part]}:`,
      });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const whole = JSON.stringify({ parts: digests.length, size: file.size });
  await send('POST', `${blob}/complete`, whole, { 'content-type': 'application/json' });
  postMessage(performance.now() - started);
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
