// What-ifs as people write them: `cores=16`, `shufflePartitions=64`, `unskew=stage:12`.
// Law: what is not understood is an error that names the words there are; a number must be one that can be run.

import { FiresteelError, parseBytes } from '../base/index.ts';
import { dynamicAllocation, executorCores, executors } from './allocation.ts';
import { broadcast } from './broadcast.ts';
import { gc, resize, type StageRef, unskew, withoutJobs, withoutRetries, withoutStages } from './cures.ts';
import type { Family } from './forecast.ts';
import type { ExecGraph, WhatIf } from './graph.ts';
import { peakSlots } from './graph.ts';
import { inputGrowth } from './growth.ts';
import { heapMemory, heapOf } from './memory.ts';
import { shufflePartitions, slots } from './parallelism.ts';
import { cacheStages, nativeUdf, repack } from './work.ts';

export interface ParsedWhatIf {
  readonly whatIf: WhatIf;
  readonly family: Family;
  /** How far it goes beyond the run, in doublings; asked of the run's own graph. */
  readonly doublings: (graph: ExecGraph) => number;
}

interface Word {
  readonly example: string;
  readonly about: string;
  readonly parse: (value: string) => ParsedWhatIf | undefined;
}

const count = (value: string, most = 1_000_000): number | undefined => {
  const n = Number(value);
  return /^\d+$/.test(value) && n >= 1 && n <= most ? n : undefined;
};

const number = (value: string): number | undefined => {
  const n = Number(value.replace(/x$/, ''));
  return value !== '' && Number.isFinite(n) && n > 0 && n <= 1000 ? n : undefined;
};

/** `stage:12` or `stage:12,13`; the attempts of a stage change together. */
const stagesIn = (value: string): StageRef[] | undefined => {
  const match = /^(?:stage:)?(\d+(?:,\d+)*)$/.exec(value);
  return match === null ? undefined : (match[1] as string).split(',').map((id) => ({ stageId: Number(id) }));
};

const none = () => 0;
const made = (whatIf: WhatIf, family: Family, doublings: (graph: ExecGraph) => number = none): ParsedWhatIf => ({
  whatIf,
  family,
  doublings,
});
const over = (asked: number, was: (graph: ExecGraph) => number) => (graph: ExecGraph) => Math.log2(asked / Math.max(1, was(graph)));

/** Partitions of the shuffles that follow the setting; 200 when there are none. */
const partitionsOf = (graph: ExecGraph): number => {
  for (const { width } of graph.stages) if (width.kind === 'shuffle' && width.follows) return width.partitions;
  return 200;
};

export const WORDS: Readonly<Record<string, Word>> = {
  cores: {
    example: 'cores=16',
    about: 'so many task slots in all',
    parse: (value) => {
      const n = count(value);
      return n === undefined ? undefined : made(slots(n), 'cores', over(n, peakSlots));
    },
  },
  executors: {
    example: 'executors=8',
    about: 'so many executors of the same shape',
    parse: (value) => {
      const n = count(value);
      return n === undefined
        ? undefined
        : made(
            executors(n),
            'cores',
            over(n, (graph) => graph.executors),
          );
    },
  },
  executorCores: {
    example: 'executorCores=4',
    about: 'so many cores in each executor',
    parse: (value) => {
      const n = count(value);
      return n === undefined
        ? undefined
        : made(
            executorCores(n),
            'cores',
            over(n, (graph) => graph.slotsEach),
          );
    },
  },
  dynamicAllocation: {
    example: 'dynamicAllocation=2..20',
    about: 'executors that come and go with the work',
    parse: (value) => {
      const match = /^(\d+)\.\.(\d+)$/.exec(value);
      const [min, max] = [Number(match?.[1]), Number(match?.[2])];
      return match === null || max < 1 || min > max || max > 100_000
        ? undefined
        : made(
            dynamicAllocation(min, max),
            'cores',
            over(max, (graph) => graph.executors),
          );
    },
  },
  shufflePartitions: {
    example: 'shufflePartitions=64',
    about: 'spark.sql.shuffle.partitions, for every shuffle that follows it',
    parse: (value) => {
      const n = count(value);
      return n === undefined ? undefined : made(shufflePartitions(n), 'partitions', over(n, partitionsOf));
    },
  },
  inputGrowth: {
    example: 'inputGrowth=2',
    about: 'so many times the input',
    parse: (value) => {
      const n = number(value);
      return n === undefined ? undefined : made(inputGrowth(n), 'input', () => Math.log2(n));
    },
  },
  unskew: {
    example: 'unskew=stage:12',
    about: 'the work of these stages spread evenly',
    parse: (value) => {
      const refs = stagesIn(value);
      return refs === undefined ? undefined : made(unskew(refs), 'skew');
    },
  },
  tasks: {
    example: 'tasks=stage:12:64',
    about: 'the work of a stage in so many tasks',
    parse: (value) => {
      const match = /^stage:(\d+):(\d+)$/.exec(value);
      const n = count(match?.[2] ?? '');
      return match === null || n === undefined ? undefined : made(resize([{ stageId: Number(match[1]) }], n), 'width');
    },
  },
  remove: {
    example: 'remove=stage:12',
    about: 'a stage (stage:12) or a job (job:3) does not run',
    parse: (value) => {
      const job = /^job:(\d+(?:,\d+)*)$/.exec(value);
      if (job !== null) return made(withoutJobs((job[1] as string).split(',').map(Number)), 'work');
      const refs = /^stage:/.test(value) ? stagesIn(value) : undefined;
      return refs === undefined ? undefined : made(withoutStages(refs), 'work');
    },
  },
  broadcast: {
    example: 'broadcast=stage:12',
    about: 'the join that this stage runs gets its smaller side as a broadcast; refused where that cannot be judged or would not fit',
    parse: (value) => {
      const refs = stagesIn(value);
      return refs?.length !== 1 ? undefined : made(broadcast(refs[0] as StageRef), 'work');
    },
  },
  'native-udf': {
    example: 'native-udf=stage:12',
    about: 'the Python functions of these stages as built-in ones; stage:12:8x with a rate that you measured',
    parse: (value) => {
      const match = /^(stage:\d+(?:,\d+)*)(?::(\d+(?:\.\d+)?)x)?$/.exec(value);
      const refs = stagesIn(match?.[1] ?? '');
      const rate = match?.[2] === undefined ? undefined : number(match[2]);
      return refs === undefined || (match?.[2] !== undefined && (rate ?? 0) < 1) ? undefined : made(nativeUdf(refs, rate), 'work');
    },
  },
  cache: {
    example: 'cache=stage:3,7',
    about: 'these stages do the same work: the first keeps its rows, the others read them',
    parse: (value) => {
      const refs = stagesIn(value);
      return refs === undefined ? undefined : made(cacheStages(refs), 'repeat');
    },
  },
  files: {
    example: 'files=128m',
    about: 'small input files packed into files of this size; stage:3:128m for one stage',
    parse: (value) => {
      const match = /^(?:(stage:\d+(?:,\d+)*):)?([\d.]+\s*[kmgt]?i?b?)$/i.exec(value);
      const refs = match?.[1] === undefined ? undefined : stagesIn(match[1]);
      const bytes = parseBytes(match?.[2]);
      return match === null || bytes === undefined || bytes < 1 ? undefined : made(repack(bytes, refs), 'work');
    },
  },
  memory: {
    example: 'memory=8g',
    about: 'heap of each executor (of the one JVM in local mode)',
    parse: (value) => {
      const bytes = parseBytes(value);
      return bytes === undefined || bytes < 1 || !/[kmgt]/i.test(value)
        ? undefined
        : made(
            heapMemory(bytes),
            'memory',
            over(bytes, (graph) => heapOf(graph) ?? bytes),
          );
    },
  },
  retries: {
    example: 'retries=none',
    about: 'failed, killed and doubled attempts are gone',
    parse: (value) => (value === 'none' ? made(withoutRetries(), 'retries') : undefined),
  },
  gc: {
    example: 'gc=0.5',
    about: 'garbage collection takes this share of its time',
    parse: (value) => {
      const n = value === '0' ? 0 : number(value);
      return n === undefined || n > 1 ? undefined : made(gc(n), 'memory');
    },
  },
};

/** Words that earlier versions had. */
const FORMER: Readonly<Record<string, string>> = { without: 'remove' };

/** Reads one what-if; a FiresteelError names the words there are. */
export function parseWhatIf(text: string): ParsedWhatIf {
  const at = text.indexOf('=');
  const given = text.slice(0, Math.max(0, at));
  const name = Object.hasOwn(FORMER, given) ? (FORMER[given] as string) : given;
  const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  const parsed = at < 0 ? undefined : word?.parse(text.slice(at + 1).trim());
  if (parsed !== undefined) return parsed;
  throw new FiresteelError(
    'wrong-usage',
    word === undefined
      ? `--what-if ${JSON.stringify(text.slice(0, 60))} is no change that can be forecast.`
      : `--what-if ${JSON.stringify(text.slice(0, 60))} has a value that cannot be run.`,
    word === undefined
      ? `What there is: ${Object.values(WORDS)
          .map((one) => one.example)
          .join(', ')}.`
      : `For example ${word.example}: ${word.about}.`,
  );
}

/** `2..64`: powers of two within, and both ends. */
export function parseCurve(text: string): number[] {
  const match = /^(?:cores=)?(\d+)\.\.(\d+)$/.exec(text.trim());
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || from < 1 || to < from || to > 1_000_000)
    throw new FiresteelError(
      'wrong-usage',
      `--curve ${JSON.stringify(text.slice(0, 60))} is no range.`,
      'For example --curve cores=2..64.',
    );
  const out = new Set<number>([from]);
  for (let n = 1; n < to; n *= 2) {
    if (n > from) out.add(n);
    if (n * 1.5 > from && n * 1.5 < to && Number.isInteger(n * 1.5)) out.add(n * 1.5);
  }
  out.add(to);
  return [...out].sort((a, b) => a - b);
}
