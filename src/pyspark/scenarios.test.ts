// Jobs of other people (../shared/scenarios): can the room point at the lines where each fault is?
// Laws: a healthy job has no certain or likely finding; nothing here reads what a job is called.

import { describe, expect, test } from 'vitest';
import { lint } from './lint/index.ts';
import { type Node, rangeOf, walk } from './node.ts';
import { nameNode, type Program } from './program.ts';
import { hasScenarios, pyspark, scenarios } from './testing/programs.ts';

/** Where the model says that a cause of this kind can lie; for causes that the code alone does not prove. */
const PLACES: readonly (readonly [RegExp, (program: Program) => Node[]])[] = [
  [/join|broadcast|cartesian/, (program) => program.joins.map((one) => nameNode(one.call))],
  [
    /aggregation|distinct|gc-pressure/,
    (program) =>
      program.frames.flatMap((one) =>
        one.grouping === undefined || one.call === undefined ? [] : [nameNode(one.call), ...one.call.arguments.map((arg) => arg.node)],
      ),
  ],
  [/input|scan|wide-read|stream-backlog|schema-inference/, (program) => program.reads.map((one) => nameNode(one.call))],
  [/tasks|spill|speculation|conf|gc-pressure|sort/, (program) => program.settings.map((one) => one.node)],
  [
    /idle|skewed-input/,
    (program) =>
      program.frames
        .filter((one) => /^(coalesce|repartition)/.test(one.method))
        .map((one) => one.call!)
        .map(nameNode),
  ],
  [/output-files/, (program) => program.actions.filter((one) => one.write !== undefined).map((one) => nameNode(one.call))],
  [/cache|gc-pressure/, (program) => program.caches.map((one) => nameNode(one.call))],
  [/failed-run/, (program) => program.calls.filter((one) => one.name === 'cast').map(nameNode)],
  [/retries/, (program) => program.roots.flatMap((root) => [...walk(root)].filter((one) => one.type === 'raise_statement'))],
  [/udf/, (program) => program.udfs.flatMap((one) => (one.definition === undefined ? [] : [one.definition, ...one.uses.map(nameNode)]))],
];

/** Lines of the findings, and of the model's places, for causes of these kinds. */
function pointedAt(text: string, path: string, causes: readonly string[]): { lint: Set<number>; model: Set<number> } {
  const program = pyspark.parse({ path, text });
  const found = lint(program).filter((one) => one.runtimeRule !== undefined && causes.includes(one.runtimeRule));
  const lines = new Set(found.flatMap((one) => [one.range, ...one.places.map((place) => place.range)]).map((range) => range.start.line));
  const model = new Set(lines);
  for (const cause of causes)
    for (const [kind, places] of PLACES) if (kind.test(cause)) for (const node of places(program)) model.add(rangeOf(node).start.line);
  return { lint: lines, model };
}

describe.skipIf(!hasScenarios)('scenarios', () => {
  const all = scenarios();

  test.each(all.filter((one) => one.healthy).map((one) => [one.id, one] as const))(
    '%s: healthy, and the code alone says nothing sure',
    (_, one) => {
      const sure = lint(pyspark.parse({ path: one.job, text: one.text })).filter((finding) => finding.certainty !== 'possible');
      expect(sure.map((finding) => `${finding.range.start.line} ${finding.id}`)).toEqual([]);
    },
  );

  test.each(all.filter((one) => one.lines.length > 0).map((one) => [one.id, one] as const))(
    '%s: a line of its fault is pointed at',
    (_, one) => {
      const { model } = pointedAt(one.text, one.job, one.causes);
      expect(one.lines.map((place) => place.line).filter((line) => model.has(line)).length).toBeGreaterThan(0);
    },
  );

  test('of all lines of all faults', () => {
    let lines = 0;
    let byLint = 0;
    let byModel = 0;
    const missed: string[] = [];
    for (const one of all) {
      const { lint: found, model } = pointedAt(one.text, one.job, one.causes);
      for (const { line, text } of one.lines) {
        lines++;
        if (found.has(line)) byLint++;
        if (model.has(line)) byModel++;
        else missed.push(`${one.id}:${line} ${text}`);
      }
    }
    expect({ share: byModel / lines >= 0.9, lint: byLint / lines >= 0.4, lines, byLint, byModel, missed }).toMatchObject({
      share: true,
      lint: true,
    });
  });
});
