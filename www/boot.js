// Runs before anything else of the page. Written for old browsers too, since it tells them that they are too old: nothing
// here is newer than ECMAScript 5. In new ones start.js starts the rest.
(function () {
  'use strict';

  // Our workers: the crypto worker, the one that lets the browser save while files still arrive, and the one that estimates
  // how long a SecuPass would last.
  var WORKERS = ['{{asset {{half}}-crypto.js}}', '{{asset sw.js}}', '{{asset strength.js}}'];

  // The secret of a link stands in the fragment, which browsers do not send. It leaves the address at once: history,
  // synchronisation, extensions and screenshots shall not find it there. Some programs rewrite "#" to "%23"; then it
  // was sent as part of the path, which is put right here and told to the user.
  var path = location.pathname;
  var fragment = location.hash.slice(1);
  var rewritten = /^(\/(?:[drt]|box)\/[^/]*?)%23(.+)$/.exec(path);
  if (rewritten) {
    path = rewritten[1];
    fragment = rewritten[2];
  }
  if (fragment || rewritten) {
    history.replaceState(null, '', path);
  }
  // A link pasted over this page's own address changes only the fragment, and the browser would not load anything.
  addEventListener('hashchange', function () {
    if (location.hash.length > 1) {
      location.reload();
    }
  });

  // From here on no text becomes markup, and no address becomes a script but those of our workers.
  if (window.trustedTypes) {
    trustedTypes.createPolicy('default', {
      createScriptURL: function (url) {
        var known = WORKERS.indexOf(String(url));
        if (known >= 0) {
          return WORKERS[known];
        }
        throw new TypeError('This address is no script of ours.');
      }
    });
  }

  function language() {
    try {
      var chosen = localStorage.getItem('siegel-language');
      if (chosen) {
        return chosen;
      }
    } catch (refused) {
      // A browser that stores nothing starts in its own language every time.
    }
    return /^de\b/i.test(navigator.language || '') ? 'de' : 'en';
  }
  document.documentElement.lang = language();

  /** Shows one of the static pages of index.html. */
  function show(id) {
    var template = document.getElementById(id);
    var starting = document.getElementById('starting');
    if (starting) {
      starting.hidden = true;
    }
    document.body.appendChild(document.importNode(template.content, true));
    document.title = document.querySelector('main [lang="' + document.documentElement.lang + '"] h1').textContent + ' · Siegel';
  }

  /** What keeps this page from working here, if anything: the id of the static page that tells it. */
  function obstacle() {
    if (!window.isSecureContext) {
      return 'insecure';
    }
    var old = !window.WebAssembly || !window.Worker || !window.BigInt || !window.HTMLDialogElement || !Object.hasOwn ||
      !window.AbortSignal || !AbortSignal.timeout;
    return old ? 'too-old' : null;
  }

  var found = obstacle();
  if (found) {
    document.addEventListener('DOMContentLoaded', function () { show(found); });
    return;
  }
  // start.js takes this away at once, and the secret with it.
  window.siegel = { path: path, fragment: fragment, secretWasSent: rewritten !== null, show: show };
  addEventListener('load', function () {
    if (window.siegel) {
      show('not-loaded'); // start.js did not arrive
    }
  });
})();
