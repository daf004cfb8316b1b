// One improvement on a page: what was changed, the measured gain, what was tried and dropped, the diff.
// Law: a gain is a proof's; what was not proven is said to be so.

import { formatMillis, METRIC_NAMES, plural, rangeText, ratioText } from '../base/index.ts';
import type { ConfChange, FileDiff, Planned } from '../fix/index.ts';
import type { Proof } from '../prove/index.ts';
import { Canvas } from './canvas.ts';
import { plannedJson } from './fix-face.ts';
import { plain } from './json.ts';
import { md } from './markdown.ts';
import { patchMarkdown, putDiffs, settingOption } from './patch-view.ts';
import { proofJson } from './proof-json.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean } from './text.ts';

/** Changes that were put to the proof together, or one alone, and what came of it. */
export interface Tried {
  readonly round: number;
  readonly changes: readonly Planned[];
  readonly alone: boolean;
  readonly proof: Proof | undefined;
  readonly kept: boolean;
  readonly why: string;
}

export interface ImproveResult {
  readonly id: string;
  readonly job: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly kept: readonly Planned[];
  /** Settings of the version that was kept that the original has not, or not so; `to` undefined: taken away. */
  readonly conf: readonly Pick<ConfChange, 'key' | 'to'>[];
  readonly tried: readonly Tried[];
  /** Why it ended, as the end of a sentence. */
  readonly ended: string;
  /** What the last plan offers, refuses or marks. */
  readonly rest: readonly Planned[];
  readonly diffs: readonly FileDiff[];
  readonly patch: string;
  readonly patchFile: string | undefined;
  readonly applied: { readonly id: string; readonly files: readonly string[] } | undefined;
  /** All that was kept against the original; undefined when nothing was kept, or the budget did not allow it. */
  readonly whole: Proof | undefined;
  /** The job failed as it was: why, whether a change that was kept made it run, and what a person can do. */
  readonly failed: { readonly what: string; readonly cured: boolean; readonly todo: readonly string[] } | undefined;
}

/** Kept because the run succeeds with it, and measured by nothing. */
const cures = ({ tried }: ImproveResult): ReadonlySet<string> =>
  new Set(tried.flatMap((one) => (one.kept && one.proof === undefined ? one.changes.map((change) => change.key) : [])));

function headline(result: ImproveResult): string {
  const { failed, job } = result;
  if (failed === undefined) return gain(result);
  if (!failed.cured) return `${job} fails, and no change made it run. ${failed.what}`;
  const made = cures(result);
  const more = result.kept.filter((one) => !made.has(one.key));
  const now = `${job} runs to its end as patched; as it was, it failed. That is no measured gain, and its output could be compared with nothing.`;
  return more.length === 0 ? now : `${now} Beyond that: ${gain({ ...result, kept: more, job: 'the version that runs' })}`;
}

/** What was measured. */
function gain({ kept, whole, job }: ImproveResult): string {
  if (kept.length === 0) return `${job} stays as it is: no change was proven to be better.`;
  const estimate = whole?.verdict.estimate;
  if (whole === undefined || estimate === undefined)
    return `${plural(kept.length, 'change')} of ${job} won, each against the version before.`;
  if (whole.verdict.kind !== 'win')
    return `${plural(kept.length, 'change')} of ${job} won, each against the version before; against the original it is not proven: ${whole.verdict.sentence}`;
  const outputs = whole.outputs.status === 'equal' ? 'equal outputs' : 'outputs not compared';
  // The level that was planned, as the verdict says it; the exact one is at least that.
  const { looks } = whole.plan;
  const alpha = (looks.find((look) => look.pairs >= estimate.n) ?? looks.at(-1))?.alpha;
  const level = Math.round((alpha === undefined ? estimate.confidence : 1 - alpha) * 100);
  return (
    `${job} as patched takes ${ratioText(estimate.ratio)} ${METRIC_NAMES[estimate.metric]} than before: ${level} % interval ` +
    `${rangeText(estimate.low, estimate.high)}, ${plural(estimate.n, 'pair')} of runs, ${outputs}.`
  );
}

const dropped = (result: ImproveResult) => {
  const kept = new Set(result.kept.map((one) => one.key));
  const seen = new Map<string, { change: Planned; why: string }>();
  for (const { changes, kept: won, why } of result.tried)
    if (!won) for (const change of changes) if (!kept.has(change.key)) seen.set(change.key, { change, why });
  return [...seen.values()];
};

function nextSteps(result: ImproveResult): string[] {
  const lines: string[] = result.failed?.cured === false ? result.failed.todo.map((text) => `To do: ${text}`) : [];
  const set = result.conf.map(settingOption);
  if (set.length > 0) lines.push(`Settings that belong to it: ${set.join(' ')}`);
  if (result.applied !== undefined)
    lines.push(`Written: ${result.applied.files.join(', ')}. firesteel revert ${result.applied.id} takes it back.`);
  else if (result.patchFile !== undefined) lines.push(`Your files are as they were. The patch: patch -p1 < ${result.patchFile}`);
  return lines;
}

const badgeOf = ({ failed, kept }: ImproveResult): string =>
  failed !== undefined && !failed.cured ? 'FAILS' : failed !== undefined ? 'RUNS NOW' : kept.length > 0 ? 'IMPROVED' : 'NOTHING KEPT';

const openOf = ({ preconditions }: Planned['proposal']): string[] =>
  preconditions.flatMap(({ text, holds }) => (holds === undefined ? [text] : []));

export function renderImproveTerminal(result: ImproveResult, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  const badge = badgeOf(result);
  page.ends(badge, result.id, {
    leftStyle: (text) => c.bold(badge === 'FAILS' ? c.red(text) : result.kept.length > 0 ? c.green(text) : c.yellow(text)),
    rightStyle: c.dim,
  });
  page.para(headline(result), { style: c.bold });
  page.para(
    `${plural(result.tried.filter((one) => one.proof !== undefined).length, 'proof')} in ${formatMillis(result.endedMs - result.startedMs)}; it ended because ${result.ended}.`,
    { style: c.dim },
  );
  if (result.kept.length > 0) page.heading('Kept');
  const made = cures(result);
  for (const [i, { key, proposal }] of result.kept.entries()) {
    page.para(`${i + 1}  ${clean(proposal.title)}`, { hang: 3 });
    page.para(clean(proposal.reason), { indent: 3, style: c.dim });
    // No proof stands behind it: what could not be checked is for a person.
    if (made.has(key)) for (const text of openOf(proposal)) page.labelled('open', clean(text), { indent: 3, labelWidth: 5 });
  }
  const gone = dropped(result);
  if (gone.length > 0) page.heading('Tried and dropped');
  for (const { change, why } of gone) {
    page.para(clean(change.proposal.title), { indent: 3 });
    page.para(clean(why), { indent: 3, style: c.dim });
  }
  const proofs = result.tried.flatMap((one) => (one.proof === undefined ? [] : [one]));
  if (proofs.length > 0) page.heading('Proofs');
  for (const { round, changes, alone, proof } of proofs)
    page.labelled(
      `round ${round}`,
      `${(proof as Proof).verdict.kind}: ${clean((proof as Proof).verdict.sentence)} (${alone ? clean(changes[0]?.proposal.title) : plural(changes.length, 'change')}; ${(proof as Proof).proofId})`,
      { indent: 3, labelWidth: 9 },
    );
  putDiffs(page, result.diffs);
  if (options.all && result.rest.length > 0) {
    page.heading('Left');
    for (const { proposal, why } of result.rest)
      page.para(`${clean(proposal.title)}${why === undefined ? '' : `: ${clean(why)}`}`, { indent: 3, hang: 5 });
  }
  page.blank();
  for (const line of nextSteps(result)) page.para(clean(line));
  return page.toString();
}

export function renderImproveMarkdown(result: ImproveResult): string {
  const made = cures(result);
  const lines = [
    `# Improvement of ${md(clean(result.job))}`,
    '',
    `**${md(clean(headline(result)))}**`,
    '',
    `${plural(result.tried.length, 'attempt')} in ${formatMillis(result.endedMs - result.startedMs)}; it ended because ${result.ended}.`,
  ];
  if (result.kept.length > 0)
    lines.push(
      '',
      '## Kept',
      '',
      ...result.kept.map(
        ({ key, proposal }, i) =>
          `${i + 1}. ${md(clean(proposal.title))}. ${md(clean(proposal.reason))}${
            made.has(key)
              ? openOf(proposal)
                  .map((text) => ` Open: ${md(clean(text))}`)
                  .join('')
              : ''
          }`,
      ),
    );
  const gone = dropped(result);
  if (gone.length > 0)
    lines.push(
      '',
      '## Tried and dropped',
      '',
      ...gone.map(({ change, why }) => `- ${md(clean(change.proposal.title))}: ${md(clean(why))}`),
    );
  if (result.patch !== '') lines.push('', '## Patch', ...patchMarkdown(result.patch));
  lines.push('', ...nextSteps(result).map((line) => `${md(clean(line))}  `));
  return `${lines.join('\n')}\n`;
}

export const improveJson = (result: ImproveResult): object => ({
  schema: 'firesteel/improve@1',
  id: result.id,
  job: plain(result.job),
  startedMs: result.startedMs,
  endedMs: result.endedMs,
  ended: result.ended,
  kept: result.kept.map(plannedJson),
  conf: result.conf.map(({ key, to }) => ({ key, to: to ?? null })),
  dropped: dropped(result).map(({ change, why }) => ({ ...(plannedJson(change) as object), why })),
  tried: result.tried.map(({ round, changes, alone, proof, kept, why }) => ({
    round,
    alone,
    changes: changes.map((one) => one.id),
    verdict: proof?.verdict.kind ?? null,
    proofId: proof?.proofId ?? null,
    kept,
    why,
  })),
  failed: result.failed === undefined ? null : { ...result.failed, what: plain(result.failed.what), todo: result.failed.todo.map(plain) },
  whole: result.whole === undefined ? null : proofJson(result.whole),
  patch: result.patch,
  applied: result.applied ?? null,
});
