// For tests: a program from a text, with the imports that every job has.
// Law: other people's jobs lie in ../shared beside the clone and are never copied into it; without them tests over them skip.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPySpark } from '../load.ts';
import type { Node } from '../node.ts';
import { rangeOf } from '../node.ts';
import type { Program } from '../program.ts';
import type { SourceText } from '../source.ts';

export const pyspark = await loadPySpark();

const SHARED = resolve(fileURLToPath(new URL('../../..', import.meta.url)), '..', 'shared');
const SCENARIOS = join(SHARED, 'scenarios');
export const SEEDS = join(SHARED, 'seeds');
export const hasScenarios = existsSync(join(SCENARIOS, 'scenarios.json'));
export const hasSeeds = existsSync(SEEDS);

export const HEAD = `from pyspark.sql import SparkSession, Window, functions as F
from pyspark.sql.types import *
spark = SparkSession.builder.appName("test").getOrCreate()
`;
const HEAD_LINES = HEAD.split('\n').length - 1;

/** One file behind the usual imports; lines are counted behind them. */
export function program(body: string): Program {
  return pyspark.parse({ path: 'job.py', text: HEAD + body });
}

export function lineIn(node: Node): number {
  return rangeOf(node).start.line - HEAD_LINES;
}

export interface Scenario {
  readonly id: string;
  readonly job: string;
  readonly text: string;
  readonly causes: readonly string[];
  readonly healthy: boolean;
  readonly lines: readonly { readonly line: number; readonly text: string }[];
}

export function scenarios(): Scenario[] {
  if (!hasScenarios) return [];
  return readdirSync(SCENARIOS)
    .sort()
    .flatMap((id) => {
      const job = join(SCENARIOS, id, 'job.py');
      const truth = join(SCENARIOS, id, 'truth.json');
      if (!existsSync(job) || !existsSync(truth)) return [];
      const { causes, fault, healthy } = JSON.parse(readFileSync(truth, 'utf8')) as {
        causes: { rule: string }[];
        healthy: boolean;
        fault: { lines?: { line: number; text: string }[] };
      };
      return [{ id, job, text: readFileSync(job, 'utf8'), causes: causes.map((one) => one.rule), healthy, lines: fault.lines ?? [] }];
    });
}

/** The Python in a seed, as one file and as a file for each function or class: what stands between fences, so broken as it is there. */
export function seedFiles(name: string): SourceText[] {
  const text = readFileSync(join(SEEDS, name), 'utf8');
  const unescaped = text.includes('\\n```') ? text.replaceAll('\\n', '\n').replaceAll('\\"', '"') : text;
  const blocks = [...unescaped.matchAll(/```(?:python|Python)?[ \t]*\n([\s\S]*?)```/g)].map((match) => match[1] as string);
  const code = blocks.filter((block) => /\bspark\b|\bdf\b|import|def |^\s*\.\w+\(/m.test(block) && !/[│┌|]{3}/.test(block)).join('\n');
  const parts = code.split(/^(?=(?:def|class) )/m).map((part, i) => ({ path: `part-${i}.py`, text: part }));
  return [{ path: 'whole.py', text: code }, ...parts];
}
