// looks: questions about one report, for faces that answer in small pieces (mcp). One table, like the operations.

import { codeLine } from './code-line.ts';
import type { Look } from './define.ts';
import { finding } from './finding.ts';
import { plan } from './plan.ts';
import { searchRules } from './rule-search.ts';
import { stage } from './stage.ts';

export const looks: readonly Look[] = [finding, stage, plan, codeLine, searchRules];

export type { Asked, Look, OpenRun } from './define.ts';
export { type Origin, openRun } from './open.ts';
export { firstSentence, type RulePage, rulePages, sectionOf } from './rule-search.ts';
