// The optimisation report for the owner of a job, as Markdown: summary, recommendations, code, plan, cost and benefit, monitoring, criteria, trouble.
// Laws: every number is one of the audit, none is made up here, no savings are added; what is not known is named; a log's text stays text.

import type { Report } from '../audit/index.ts';
import { code, md } from './markdown.ts';
import { optimisedCode, recommendations, summary } from './optimisation-advice.ts';
import { costAndBenefit, criteria, monitoring, phases, trouble, unknowns } from './optimisation-course.ts';
import { advicesOf, type OptimisationOptions } from './optimisation-shared.ts';
import { viewOf } from './view.ts';

export type { OptimisationOptions, ReportedFix } from './optimisation-shared.ts';

export function renderOptimisationReport(report: Report, options: OptimisationOptions = {}): string {
  const view = viewOf(report);
  const advices = advicesOf(report, view, options.fix);
  const lines = [
    `# Optimisation report: ${md(view.name)}`,
    '',
    [...(view.id === '' ? [] : [code(view.id)]), ...[...view.facts, ...view.counts].map(md)].join(' · '),
    ...(view.open === undefined ? [] : ['', `> ${md(view.open)}`]),
    ...section('Executive summary', summary(report, view, advices, options)),
    ...section('Recommendations, in order', recommendations(report, view, advices)),
    ...section('Optimised code', optimisedCode(advices, options)),
    ...section('Plan', phases(report, advices, options)),
    ...section('Cost and benefit', costAndBenefit(report, advices)),
    ...section('Monitoring', monitoring(view, advices)),
    ...section('Success criteria', criteria(report, advices)),
    ...section('If it does not go as forecast', trouble(advices, options)),
    ...section('What is not known', unknowns(report, view, options)),
  ];
  return `${tidy(lines).join('\n').trimEnd()}\n`;
}

/** One empty line at most between blocks; code keeps all of its own. */
function tidy(lines: readonly string[]): string[] {
  const out: string[] = [];
  let fence: string | undefined;
  for (const line of lines) {
    const mark = /^`{4,}/.exec(line)?.[0];
    if (fence === undefined) fence = mark;
    else if (line === fence) fence = undefined;
    if (line !== '' || fence !== undefined || out.at(-1) !== '') out.push(line);
  }
  return out;
}

const section = (title: string, content: readonly string[]): string[] => (content.length === 0 ? [] : ['', `## ${title}`, '', ...content]);
