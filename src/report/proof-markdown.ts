// A proof as a document to share. Law: what is said comes from proof-view.ts; texts of logs and data come out literal.

import type { Proof } from '../prove/index.ts';
import { code, type MarkdownOptions, md, table } from './markdown.ts';
import { type ProofView, proofView } from './proof-view.ts';

/** Pairs in the table without --all. */
const MAX_PAIRS = 40;

export function renderProofMarkdown(proof: Proof, { all }: MarkdownOptions): string {
  const view = proofView(proof);
  const lines = [
    `# ${md(view.title)}: ${view.label.toLowerCase()}`,
    '',
    `**${md(view.sentence)}**`,
    '',
    ...[...view.notes, ...(view.forecast === undefined ? [] : [view.forecast])].map((note) => `- ${md(note)}`),
  ];
  const section = (title: string, ...content: string[]) => {
    if (content.length > 0) lines.push('', `## ${title}`, '', ...content);
  };
  if (view.next.length > 0) lines.push('', `Next: ${view.next.map(md).join(' ')}`);
  lines.push(
    '',
    ...table(
      [
        { head: '' },
        { head: 'Version' },
        { head: 'What ran' },
        { head: 'Settings of its own' },
        { head: view.metric },
        { head: 'Runs', right: true },
      ],
      view.arms.map((arm) => [
        `**${arm.arm}**`,
        md(arm.name),
        code(arm.details),
        arm.conf.map(code).join('<br>'),
        md(arm.summaryText),
        String(arm.summary?.n ?? 0),
      ]),
    ),
  );
  if (view.noise !== undefined)
    section(
      'What this machine can see',
      md(view.noise.sentence),
      '',
      ...view.noise.sees.map(({ pairs, reduction }) => `- ${pairs}: ${reduction}`),
    );
  section(`Effect on ${view.metric}`, ...view.numbers.map((text) => `- ${md(text)}`), ...view.p95.map((text) => `- ${md(text)}`));
  section('Outputs', ...outputLines(view));
  if (view.pairs.length > 0) {
    const shown = all ? view.pairs : view.pairs.slice(0, MAX_PAIRS);
    section(
      'Every run',
      ...table(
        [
          { head: 'Pair', right: true },
          { head: 'Order' },
          { head: 'A', right: true },
          { head: 'B', right: true },
          { head: 'B ÷ A', right: true },
          { head: 'Note' },
        ],
        shown.map((row) => [row.pair, row.order, md(row.a), md(row.b), row.ratio, md(row.excluded)]),
      ),
      ...(view.pairs.length > shown.length ? ['', `${view.pairs.length - shown.length} more pairs are in the JSON.`] : []),
    );
  }
  if (view.beside.length > 0) {
    section(
      'Beside the verdict',
      'Medians of the runs that count; no claim is made from them.',
      '',
      ...table(
        [{ head: '' }, { head: 'A', right: true }, { head: 'B', right: true }, { head: 'B against A' }],
        view.beside.map((row) => [md(row.name), row.a, row.b, row.change]),
      ),
    );
  }
  section('How it was measured', ...view.how.map((text) => `- ${md(text)}`), `- Record: ${code(view.id)}`);
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function outputLines({ outputs }: ProofView): string[] {
  const lines = [`**${outputs.status}**: ${md(outputs.sentence)}`];
  for (const output of outputs.list) {
    lines.push('', `- ${md(output.name)}: ${output.equal ? 'equal' : '**different**'}${output.size === '' ? '' : `, ${md(output.size)}`}`);
    for (const text of output.differences) lines.push(`  - ${md(text)}`);
    for (const text of output.tolerated) lines.push(`  - within tolerance: ${md(text)}`);
    for (const { arm, row } of output.examples) lines.push(`  - ${arm}: ${code(row)}`);
  }
  return lines;
}
