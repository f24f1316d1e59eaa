// Starts the web app, where boot.js found nothing that speaks against it. A module: browsers too old for it ignore it.
const arrival = window.siegel;
delete window.siegel;

async function start({ path, fragment, secretWasSent }) {
  const app = await import('{{asset {{half}}-app.js}}');
  await app.default({ module_or_path: '{{asset {{half}}-app_bg.wasm}}' });
  app.start(path, fragment, secretWasSent, '{{asset {{half}}-crypto.js}}', '{{asset sw.js}}', '{{asset strength.js}}');
}

if (arrival) {
  start(arrival).catch((error) => {
    arrival.show('not-loaded');
    throw error;
  });
}
