// Codegen fallback: operators outside of a WholeStageCodegen, with the setting off or too many columns.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (detail: string, conf: Record<string, string> = {}, cpuMs = 5000, compiled = false) => {
  const project = node('Project', detail, {}, [scan({ path: '/wide', rows: 1e6 })]);
  return log({ conf }).sql({
    plan: compiled ? node('WholeStageCodegen (1)', '', {}, [project]) : project,
    stages: [{ tasks: times(4, { ms: 6000, cpuMs, inputRecords: 250_000 }) }],
  });
};
const WIDE = 'Project [a#1, b#2, ... 380 more fields]';
const OFF = { 'spark.sql.codegen.wholeStage': 'false' };

ruleTester(rule, {
  found: [
    {
      name: 'too many columns',
      run: run(WIDE),
      expect: {
        places: 1,
        heldMs: [2400, 2600],
        evidence: [{ kind: 'sql', node: 'Project' }],
        cause: /405 columns are more than/,
        remedies: /maxFields=500/,
      },
    },
    {
      name: 'switched off',
      run: run('Project [a#1]', OFF),
      expect: { cause: /wholeStage is off/, evidence: [{ kind: 'conf', key: 'spark.sql.codegen.wholeStage' }] },
    },
  ],
  clear: [
    { name: 'compiled', run: run(WIDE, {}, 5000, true) },
    { name: 'few columns', run: run('Project [a#1]') },
    { name: 'the stage waits', run: run(WIDE, {}, 500) },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
