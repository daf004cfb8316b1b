// The order of things in a proof: what runs, what is compared when, and where it ends.
import { expect, test } from 'vitest';
import { type Arm, type Conduct, conduct, type MeasuredRun, makePlan, type OutputCheck } from './index.ts';
import { EQUAL, run, runnerOf } from './testing/worlds.ts';

const DIFFERENT: OutputCheck = { ...EQUAL, status: 'different', sentence: 'They differ.' };

interface Story {
  readonly pairs?: number;
  readonly warmup?: number;
  readonly aa?: boolean;
  readonly untilDecided?: boolean;
  readonly ratio?: number;
  readonly compare?: (nth: number) => OutputCheck;
  readonly runs?: (arm: Arm, nth: number, made: MeasuredRun) => MeasuredRun;
}

async function tell({ pairs, warmup = 1, aa = false, untilDecided = false, ratio = 0.5, compare = () => EQUAL, runs }: Story) {
  const story: string[] = [];
  const next = runnerOf({ seed: 7, ratio, runCv: 0.05 });
  const counts = { A: 0, B: 0, compared: 0 };
  let busy = false;
  const conducting: Conduct = {
    plan: makePlan({ seed: 3, warmup, untilDecided, ...(untilDecided ? {} : { pairs: pairs ?? 6 }) }),
    options: { aa },
    async run(arm, purpose) {
      expect(busy).toBe(false);
      busy = true;
      await Promise.resolve();
      busy = false;
      story.push(purpose === 'warm-up' ? `w${arm}` : arm);
      const made = next(arm);
      return runs?.(arm, ++counts[arm], made) ?? made;
    },
    async compare(a, b) {
      story.push(`=${a.length}/${b.length}`);
      return compare(++counts.compared);
    },
    onPair: ({ pair }) => story.push(`#${pair}`),
  };
  return { story, ...(await conduct(conducting)) };
}

const runsOf = (story: readonly string[]) => story.filter((step) => step === 'A' || step === 'B');

test('warm-up, outputs, pairs in the order of the plan, outputs of all runs', async () => {
  const { story, verdict, pairs, warmups } = await tell({ pairs: 6 });
  expect(story.slice(0, 3)).toEqual(['wA', 'wB', '=1/1']);
  expect(story.at(-1)).toBe('=7/7');
  expect(pairs.map(({ order }) => order).join('')).toBe(runsOf(story).join(''));
  expect(warmups).toHaveLength(2);
  expect(verdict.kind).toBe('win');
});

test('without warm-up the outputs of the first pair are compared before the second', async () => {
  const { story } = await tell({ warmup: 0 });
  expect(story.indexOf('=1/1')).toBe(2);
  expect(story.slice(3, 4)).toEqual(['#1']);
});

test('outputs that differ end it before the first pair', async () => {
  const { story, verdict, pairs } = await tell({ compare: () => DIFFERENT });
  expect(story).toEqual(['wA', 'wB', '=1/1']);
  expect(pairs).toEqual([]);
  expect(verdict.kind).toBe('unsafe');
});

test('a difference that shows in later runs only still counts', async () => {
  const { verdict, pairs } = await tell({ compare: (nth) => (nth === 1 ? EQUAL : DIFFERENT) });
  expect(pairs).toHaveLength(6);
  expect(verdict.kind).toBe('unsafe');
});

test('what could not be compared is not compared again, and B does not win', async () => {
  const { story, verdict } = await tell({ compare: () => ({ ...EQUAL, status: 'notCompared', sentence: 'No output was named.' }) });
  expect(story.filter((step) => step.startsWith('='))).toEqual(['=1/1']);
  expect(verdict.kind).toBe('notProven');
});

test('a side that fails in its warm-up ends it', async () => {
  const fails = (bad: Arm) => (arm: Arm, _nth: number, made: MeasuredRun) =>
    arm === bad ? run(arm, undefined, { succeeded: false, reason: 'ValueError: no' }) : made;
  const b = await tell({ runs: fails('B') });
  expect(b.story).toEqual(['wA', 'wB']);
  expect(b.verdict).toMatchObject({ kind: 'unsafe' });
  expect(b.outputs.sentence).toContain('no run of B succeeded');
  expect((await tell({ runs: fails('A') })).verdict.kind).toBe('invalid');
});

test('a pair with trouble of the infrastructure is replaced', async () => {
  const { pairs, verdict } = await tell({
    runs: (arm, nth, made) => (arm === 'A' && nth === 3 ? { ...made, infrastructure: ['executor lost'] } : made),
  });
  expect(pairs).toHaveLength(7);
  expect(pairs.filter(({ excluded }) => excluded !== undefined)).toHaveLength(1);
  expect(verdict.kind).toBe('win');
});

test('until decided: it ends at the first look when the gain is large', async () => {
  expect((await tell({ untilDecided: true, ratio: 0.5 })).pairs).toHaveLength(8);
  expect((await tell({ untilDecided: true, ratio: 1 })).pairs.length).toBeGreaterThan(8);
});

test('A against itself never wins and says its noise', async () => {
  const { verdict, noise } = await tell({ aa: true, ratio: 1 });
  expect(['equivalent', 'notProven']).toContain(verdict.kind);
  expect(noise?.pairs).toBe(6);
});
