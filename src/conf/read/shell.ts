// spark-submit command lines in shell scripts: --conf pairs and the flags that stand for a key.
// Laws: words are split as a POSIX shell splits them; what a variable holds is not known, so its value is undefined; nothing is run.

import type { Setting } from '../types.ts';
import { placesIn } from './positions.ts';

interface Word {
  readonly text: string;
  /** Offset of its first letter. */
  readonly at: number;
  /** First of a command. */
  readonly first: boolean;
}

/** Words of a script; comments and line continuations taken out. */
export function wordsOf(script: string): Word[] {
  const words: Word[] = [];
  let first = true;
  let i = 0;
  while (i < script.length) {
    const char = script[i] as string;
    if (char === '\\' && /^\r?\n/.test(script.slice(i + 1, i + 3))) i += script[i + 1] === '\r' ? 3 : 2;
    else if (char === '\n' || char === ';' || char === '&' || char === '|') {
      first = true;
      i++;
    } else if (/[\s()]/.test(char)) i++;
    else if (char === '#') while (i < script.length && script[i] !== '\n') i++;
    else {
      const at = i;
      let text = '';
      for (; i < script.length && !/[\s;|&()]/.test(script[i] as string); i++) {
        const letter = script[i] as string;
        if (letter === "'") {
          const end = script.indexOf("'", i + 1);
          text += script.slice(i + 1, end < 0 ? undefined : end);
          i = end < 0 ? script.length : end;
        } else if (letter === '"') {
          for (i++; i < script.length && script[i] !== '"'; i++) {
            if (script[i] === '\\' && /["\\$`\n]/.test(script[i + 1] ?? '')) i++;
            text += script[i] ?? '';
          }
        } else if (letter === '\\') {
          i++;
          if (script[i] !== '\n') text += script[i] ?? '';
        } else if (letter === '$' && script[i + 1] === '(') {
          // A command in a word: its value is not known.
          let depth = 0;
          for (; i < script.length; i++) {
            if (script[i] === '(') depth++;
            else if (script[i] === ')' && --depth === 0) break;
          }
          text += '$(…)';
        } else text += letter;
      }
      words.push({ text, at, first });
      first = false;
    }
  }
  return words;
}

/** Flags of spark-submit that set a key (SparkSubmitArguments). */
const FLAGS: Readonly<Record<string, string>> = {
  '--driver-memory': 'spark.driver.memory',
  '--driver-cores': 'spark.driver.cores',
  '--driver-java-options': 'spark.driver.extraJavaOptions',
  '--driver-library-path': 'spark.driver.extraLibraryPath',
  '--driver-class-path': 'spark.driver.extraClassPath',
  '--executor-memory': 'spark.executor.memory',
  '--executor-cores': 'spark.executor.cores',
  '--total-executor-cores': 'spark.cores.max',
  '--num-executors': 'spark.executor.instances',
  '--master': 'spark.master',
  '--deploy-mode': 'spark.submit.deployMode',
  '--name': 'spark.app.name',
  '--queue': 'spark.yarn.queue',
  '--packages': 'spark.jars.packages',
  '--jars': 'spark.jars',
  '--py-files': 'spark.submit.pyFiles',
};
const LAUNCHER = /(^|[/\\])(spark-submit|spark-shell|spark-sql|spark-class|pyspark|spark3-submit|spark2-submit)(\.cmd)?$/;

/** Flags without a value. */
const BARE = /^(--(verbose|supervise|help|version|usage-error)|-[vh])$/;

const known = (value: string): string | undefined => (/\$|`/.test(value) ? undefined : value);

/** What the command lines of a script set. */
export function readShell(script: string, file: string): Setting[] {
  const place = placesIn(script);
  const found: Setting[] = [];
  const put = (key: string, value: string, at: number) => found.push({ key, value: known(value), origin: 'submit', file, ...place(at) });
  const words = wordsOf(script);
  let launching = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word;
    if (word.first) launching = false;
    if (LAUNCHER.test(word.text)) launching = true;
    const [flag = '', ...rest] = word.text.split('=');
    const own = rest.join('=');
    const next = words[i + 1];
    if (flag === '--conf' || flag === '-c') {
      // Arrays and variables hold pairs too: a pair is known by its key.
      const pair = rest.length > 0 ? own : (next?.text ?? '');
      const at = rest.length > 0 ? word.at + flag.length + 1 : (next?.at ?? word.at);
      const cut = pair.indexOf('=');
      const key = cut < 0 ? '' : pair.slice(0, cut).trim();
      // The quote that may open the word is no part of the key.
      const quote = /^["']/.test(script.slice(at, at + 1)) ? 1 : 0;
      if (/^[a-z][\w-]*(\.[\w-]+)+$/i.test(key) && (launching || key.startsWith('spark.')))
        put(key, pair.slice(cut + 1).trim(), at + quote);
    } else if (launching && FLAGS[flag] !== undefined) {
      const value = rest.length > 0 ? own : next?.text;
      if (value !== undefined) put(FLAGS[flag] as string, value, word.at);
    }
    if (!launching || LAUNCHER.test(word.text)) continue;
    // Behind the program stand its own arguments.
    if (!/^[-$]/.test(word.text)) launching = false;
    else if (word.text.startsWith('-') && rest.length === 0 && !BARE.test(flag)) i++;
  }
  return found;
}
