// Estimates how many guesses a SecuPass or a login password takes, with zxcvbn-ts and the words of both languages. A worker of
// its own: see web-app/src/strength.rs, which asks. What that means for whoever chooses one is decided in
// web-app/model/src/strength.rs.
import parts from '{{asset strength-zxcvbn.js}}';

/** Characters that are looked at: time grows faster than their number, and what comes after so many only adds to it. */
const MOST = 64;

const { core, 'language-common': common, 'language-de': german, 'language-en': english } = parts;

/** Each text replaced by its name: pages have sentences of their own. */
const names = (texts) => Object.fromEntries(Object.keys(texts).map((name) => [name, name]));

/** The German lists have the names of the English ones, less their ending. */
const inGerman = (lists) => Object.fromEntries(Object.entries(lists).map(([name, words]) => [`${name}-de`, words]));

const { warnings, suggestions, timeEstimation } = english.translations;
const estimator = new core.ZxcvbnFactory({
  maxLength: MOST,
  graphs: common.adjacencyGraphs,
  dictionary: { ...common.dictionary, ...english.dictionary, ...inGerman(german.dictionary) },
  translations: { warnings: names(warnings), suggestions: names(suggestions), timeEstimation },
});

addEventListener('message', ({ data: { id, text, known } }) => {
  const { guesses, sequence } = estimator.check(text, known);
  // As if it were weak in the eyes of zxcvbn too, which else gives no reason.
  const { warning } = estimator.getFeedback(0, sequence);
  postMessage({ id, guesses, warning });
});
