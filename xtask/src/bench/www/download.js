// The plain side of the download: the same bytes by one streaming request, dropped or written to a private file.
onmessage = async ({ data: { blob, opening, toDisk } }) => {
  const started = performance.now();
  const answer = await fetch(blob, { headers: { authorization: `Bearer ${opening}` } });
  if (!answer.ok) {
    throw new Error(`GET ${blob}: ${answer.status}`);
  }
  let file;
  if (toDisk) {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('bench', { create: true });
    file = await handle.createSyncAccessHandle();
    file.truncate(0);
  }
  const reader = answer.body.getReader();
  let received = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    file?.write(piece.value, { at: received });
    received += piece.value.byteLength;
  }
  file?.flush();
  file?.close();
  postMessage({ milliseconds: performance.now() - started, received });
};

onunhandledrejection = ({ reason }) => {
  throw reason;
};
