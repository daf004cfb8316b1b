// Each thing that the tester must refuse is really refused, and a good rule with a good table passes.
import { describe, expect, test } from 'vitest';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, type Place, type Rule, type RuleResult } from '../define.ts';
import { log, times } from './log.ts';
import { caseProblems, damaged, type RuleCases, ruleTester, tableProblems } from './tester.ts';

const skewed = log().job({ stages: [{ tasks: [...times(3, { ms: 100 }), { ms: 9000 }] }] });
const even = log().job({ stages: [{ tasks: times(4, { ms: 100 }) }] });
const place = (more: Partial<Place> = {}): Place => ({
  cause: 'one task took long',
  evidence: [{ kind: 'stage', stageId: 0, attempt: 0 }],
  numbers: [{ name: 'longest task', value: 9000, unit: 'ms' }],
  heldMs: 8900,
  remedies: ['Split it.'],
  ...more,
});

/** Finds stages whose longest task takes ten times the median: a rule as good as it must be here. */
const good = defineRule({
  meta: {
    id: 'long-task',
    title: 'Long task',
    category: 'compute',
    needs: ['stages'],
    fixability: 'advice',
    saves: 'time',
    thresholds: { ratio: { value: 10, unit: 'ratio', origin: 'made up for this test', description: 'longest to median' } },
    explains: [],
  },
  diagnose({ stages }, { ratio }): RuleResult {
    if (stages.all.length === 0) return { status: 'noData', missing: ['task ends'] };
    const places = stages.all.flatMap((stage) => {
      const spread = stage.distribution('duration');
      if (spread === undefined || spread.max < ratio * spread.median || spread.max === 0) return [];
      return [
        place({ evidence: [{ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt }], heldMs: spread.max - spread.median }),
      ];
    });
    return places.length > 0 ? { status: 'found', places } : { status: 'clear', note: 'no task is long' };
  },
});
const cases: RuleCases = {
  found: [
    {
      name: 'one long task',
      run: skewed,
      expect: { places: 1, heldMs: [8000, 9000], evidence: [{ kind: 'stage', stageId: 0 }], cause: /long/, remedies: /Split/ },
    },
  ],
  clear: [
    { name: 'even tasks', run: even, expect: { says: /long/ } },
    { name: 'a threshold of its own', run: skewed, thresholds: { ratio: 1000 } },
  ],
  noData: [{ name: 'no tasks', run: log().gap(10), expect: { says: /task/ } }],
};

ruleTester(good, cases);

/** The good rule with another answer to logs that have a job. */
const saying = (answer: (facts: Parameters<Rule['diagnose']>[0]) => RuleResult, meta: Partial<Rule['meta']> = {}): Rule => ({
  meta: { ...(good as unknown as Rule).meta, ...meta },
  diagnose: (facts) =>
    facts.stages !== undefined && facts.stages.all.length === 0 ? { status: 'noData', missing: ['task ends'] } : answer(facts),
});
const found = (more: Partial<Place>) => saying(() => ({ status: 'found', places: [place(more)] }));
const [foundCase] = cases.found;
/** Problems of a rule with the found case, which here expects nothing in particular. */
const problems = (rule: Rule) => caseProblems(rule, 'found', { ...foundCase!, expect: {} }).join('\n');

describe('a table is refused', () => {
  const rule = good as unknown as Rule;
  test.each<[string, RuleCases, string]>([
    ['a name twice', { ...cases, clear: [{ name: 'one long task', run: even }] }, "'one long task' is there twice"],
    ['the same evidence twice', { ...cases, clear: [{ name: 'again', run: skewed }] }, "'again' has the same evidence as 'one long task'"],
    ['nothing found', { ...cases, found: [] }, 'no found case'],
    ['nothing clear', { ...cases, clear: [] }, 'no clear case'],
    ['no case without data', { ...cases, noData: [], notApplicable: [] }, 'neither a noData nor a notApplicable case'],
  ])('%s', (_, table, problem) => expect(tableProblems(rule, table).join()).toContain(problem));

  test('a threshold without origin', () => {
    const meta = { thresholds: { ratio: { value: 1, unit: 'ratio', origin: ' ', description: '' } } } as const;
    expect(tableProblems(found({}) && saying(() => ({ status: 'clear' }), meta), cases)).toEqual(['the threshold ratio has no origin']);
  });
  test('a rule that judges an empty run', () => {
    const blind = { ...rule, diagnose: (): RuleResult => ({ status: 'clear', note: '' }) };
    expect(tableProblems(blind, cases)).toEqual(['an empty run gives clear (), not noData']);
    const idle: Rule = { ...rule, diagnose: (): RuleResult => ({ status: 'notApplicable', why: 'no joins' }) };
    expect(tableProblems(idle, cases)).toEqual(['an empty run gives notApplicable (no joins), not noData']);
    expect(tableProblems({ ...idle, meta: { ...rule.meta, needs: [] } }, cases)).toEqual([]);
  });
});

describe('a result is refused', () => {
  test('the wrong status, or other words', () => {
    expect(caseProblems(good as unknown as Rule, 'clear', { name: 'x', run: skewed }).join()).toContain(
      'says found (one task took long), expected clear',
    );
    expect(caseProblems(good as unknown as Rule, 'clear', { name: 'x', run: even, expect: { says: /short/ } }).join()).toContain(
      'says "no task is long", expected /short/',
    );
    expect(
      caseProblems(
        saying(() => ({ status: 'noData', missing: [] })),
        'noData',
        { name: 'x', run: even },
      ).join(),
    ).toContain('without a word why');
  });
  test.each<[string, Partial<Place>, string]>([
    ['no evidence', { evidence: [] }, 'place 0: no evidence'],
    ['evidence of a stage that is not there', { evidence: [{ kind: 'stage', stageId: 7, attempt: 0 }] }, 'evidence that is not in the log'],
    ['evidence of a node that is not there', { evidence: [{ kind: 'sql', executionId: 0, nodeId: 1 }] }, 'evidence that is not in the log'],
    ['no numbers', { numbers: [] }, 'place 0: no numbers'],
    ['a number without unit', { numbers: [{ name: 'x', value: 1, unit: '' as 'ms' }] }, 'a number without name or unit'],
    ['a number that is none', { numbers: [{ name: 'x', value: Number.NaN, unit: 'ms' }] }, 'x is NaN'],
    ['a word with a unit', { numbers: [{ name: 'x', value: 'much', unit: 'ms' }] }, 'x is "much" with the unit ms'],
    ['no cause', { cause: ' ' }, 'no cause a reader can use'],
    ['a hole in the cause', { cause: 'held for NaN ms' }, 'no cause a reader can use'],
    ['no remedy', { remedies: [] }, 'place 0: no remedy'],
    ['a hole in a remedy', { remedies: ['Set it to undefined.'] }, 'no remedy a reader can use'],
    ['held less than nothing', { heldMs: -1 }, 'heldMs is -1'],
    ['held for NaN', { heldMs: Number.NaN }, 'heldMs is NaN'],
    ['held longer than the run', { heldMs: 9_500 }, "heldMs 9500 is more than the run's 9010 ms"],
  ])('%s', (_, more, problem) => expect(problems(found(more))).toContain(problem));

  test('found without a place', () => expect(problems(saying(() => ({ status: 'found', places: [] })))).toContain('found without a place'));
  test('what the table expects is not there', () => {
    const said = caseProblems(good as unknown as Rule, 'found', {
      name: 'x',
      run: skewed,
      expect: { places: 2, heldMs: [1, 2], evidence: [{ kind: 'stage', stageId: 1 }], cause: /short/, remedies: /Merge/ },
    });
    expect(said.map((line) => line.split(':')[0])).toEqual([
      '1 places, expected 2',
      'held 8900 ms, expected 1–2',
      expect.stringContaining('no evidence fits'),
      'no cause fits /short/',
      'no remedy fits /Merge/',
    ]);
  });
});

describe('a rule is refused', () => {
  test('that changes its facts: fields, lists and typed arrays', () => {
    const changing = (change: (stage: StageFact) => void) =>
      problems(
        saying(({ stages }) => {
          for (const stage of stages.all) change(stage);
          return { status: 'clear', note: 'x' };
        }),
      );
    const changedWall = changing((stage) => Object.assign(stage, { wallMs: 1 }));
    expect(changedWall).toContain('diagnose changed its facts: .facts.stages.all.0.wallMs = 1');
    expect(changing((stage) => stage.rows.sort((a, b) => b - a))).toContain('diagnose changed its facts');
    expect(changing((stage) => (stage.stage.jobIds as number[]).push(9))).toContain('diagnose changed its facts');
  });
  test('that answers differently the second time', () => {
    let calls = 0;
    const fickle = saying(() => ({ status: 'clear', note: `call ${calls++}` }));
    expect(caseProblems(fickle, 'clear', { name: 'x', run: even })).toEqual([
      'a second pass over the same facts differs',
      'a pass over the same log read again differs',
    ]);
  });
  test('that throws: on its own case, or on that log damaged', () => {
    const throwing = saying(() => {
      throw new Error('no such stage');
    });
    expect(problems(throwing)).toContain('an exception: Error: no such stage');
    const trusting = saying(({ stages }) => {
      if (stages.all.some((stage) => stage.stage.completedMs === undefined)) throw new Error('a stage always ends');
      return { status: 'clear', note: 'x' };
    });
    expect(caseProblems(trusting, 'clear', { name: 'x', run: even }).join()).toMatch(
      /^the log .*: an exception: Error: a stage always ends/,
    );
  });
});

test('a damaged log comes in many ways, each another text', () => {
  const texts = [...damaged(skewed.text())].filter(([, text]) => text !== skewed.text());
  expect(texts.length).toBeGreaterThan(30);
  expect(texts.map(([what]) => what)).toEqual(
    expect.arrayContaining(['without any SparkListenerTaskEnd', 'without task metrics', 'with tasks of no length']),
  );
});
