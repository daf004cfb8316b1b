// Placeholders in arguments and conf values: {output}, {run}, {input}.
// Laws: only `{word}` is a placeholder, so JSON in an argument is left alone; an unknown word is an error, `{{word}}` is the text `{word}`;
// one pass, so a place that holds braces is not filled again.

import { FiresteelError, nearest } from '../base/index.ts';
import type { Places, ResolvedJob } from './types.ts';

/** What each placeholder stands for. */
export const PLACEHOLDERS: Readonly<Record<keyof Places, string>> = {
  output: 'a fresh place for the output of this run',
  run: "the run's own folder",
  input: 'what --input gives',
};

const names = Object.keys(PLACEHOLDERS);
const isPlace = (name: string): name is keyof Places => names.includes(name);

/** The text with its placeholders replaced; `where` names it in errors. */
export function fill(text: string, places: Places, where: string = JSON.stringify(text)): string {
  return text.replace(/\{\{([A-Za-z_]\w*)\}\}|\{([A-Za-z_]\w*)\}/g, (_whole, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined || name === undefined) return `{${escaped}}`;
    if (!isPlace(name)) {
      const [near] = nearest(name, names);
      throw new FiresteelError(
        'wrong-usage',
        `{${name}} in ${where} is no placeholder.`,
        `${near === undefined ? `There are ${names.map((known) => `{${known}}`).join(', ')}.` : `Did you mean {${near}}?`} For the text itself write {{${name}}}.`,
      );
    }
    const value = places[name];
    if (value === undefined)
      throw new FiresteelError(
        'wrong-usage',
        `{${name}} in ${where} has no value: ${PLACEHOLDERS[name]}.`,
        name === 'input' ? 'Give one with --input.' : 'Use it in a job that Firesteel runs.',
      );
    return value;
  });
}

/** The job with the placeholders of its arguments and conf values replaced. */
export function fillJob<J extends Pick<ResolvedJob, 'args' | 'conf'>>(job: J, places: Places): J {
  return {
    ...job,
    args: job.args.map((arg, i) => fill(arg, places, `argument ${i + 1} (${arg})`)),
    conf: Object.fromEntries(Object.entries(job.conf).map(([key, value]) => [key, fill(value, places, `the value of ${key}`)])),
  };
}
