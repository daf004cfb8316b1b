// The record of forecasts as people, agents and programs read it: how far off, to which side, inside the band, and whether advice truly saved.
// Law: errors are shares of the time before; a record under ten claims is called short; forecasts that people gave are not ours and stand apart.

import { formatShare, plural } from '../base/index.ts';
import type { Claim, Track } from '../simulate/index.ts';
import { Canvas } from './canvas.ts';
import { plain } from './json.ts';
import { md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { Brief } from './terse.ts';
import { clean } from './text.ts';

export interface CalibrationRow {
  readonly name: string;
  readonly track: Track;
}

export interface CalibrationView {
  readonly place: string;
  readonly overall: Track | undefined;
  /** By whose forecast it was: a rule, `joint`. */
  readonly kinds: readonly CalibrationRow[];
  /** By what it stood on: replay, fit, prior. */
  readonly bases: readonly CalibrationRow[];
  /** Forecasts that the user gave with --predicted. */
  readonly given: Track | undefined;
  /** Newest last. */
  readonly claims: readonly (Claim & { readonly proofId: string; readonly model: string; readonly startedMs: number })[];
}

/** From so many claims on a record says something. */
const SHORT = 10;

export const calibrationJson = (view: CalibrationView) => plain({ schema: 'firesteel/calibration@1', ...view });

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${formatShare(Math.abs(share))}`;
const maybe = (share: number | undefined): string => (share === undefined ? 'none claimed' : formatShare(share));

export function calibrationHeadline({ overall, place }: CalibrationView): string {
  if (overall === undefined)
    return `No forecast has been held against a measurement in ${clean(place, 200)} yet: firesteel prove and improve do it.`;
  const { claims, medianError, p90Error, coverage, factor } = overall;
  return `${plural(claims, 'forecast')} held against proofs: off by ${formatShare(medianError)} of the run in the middle, ${formatShare(p90Error)} in nine of ten; ${formatShare(coverage)} lay inside the range (promised: 90 %).${claims < SHORT ? ' That is a short record.' : ''}${factor > 1 ? ` Ranges are now ${factor.toFixed(1)} times as wide.` : ''}`;
}

const HEADS = [
  { head: 'Forecasts' },
  { head: 'n', right: true },
  { head: 'Median error', right: true },
  { head: 'p90', right: true },
  { head: 'Bias', right: true },
  { head: 'Inside', right: true },
  { head: 'Saved', right: true },
  { head: 'Proven', right: true },
] as const;

const cells = ({ name, track }: CalibrationRow): string[] => [
  clean(name, 60),
  String(track.claims),
  formatShare(track.medianError),
  formatShare(track.p90Error),
  signed(track.bias),
  formatShare(track.coverage),
  maybe(track.saved),
  maybe(track.proven),
];

const rowsOf = (view: CalibrationView): CalibrationRow[] => [
  ...(view.overall === undefined ? [] : [{ name: 'all', track: view.overall }]),
  ...view.kinds,
  ...view.bases.map(({ name, track }) => ({ name: `basis ${name}`, track })),
  ...(view.given === undefined ? [] : [{ name: 'given by people', track: view.given }]),
];

const LEGEND =
  'Errors are shares of the time before. Bias above 0: runs came out faster than forecast. Saved: of what was forecast to save, what did; proven: with a won proof.';

export function renderCalibrationTerminal(view: CalibrationView, options: TerminalOptions): string {
  const page = new Canvas(options);
  page.para(calibrationHeadline(view), { style: page.c.bold });
  const rows = rowsOf(view);
  if (rows.length === 0) return page.toString();
  page.blank();
  const widths = [0, 4, 12, 7, 7, 7, 7, 7];
  page.row(
    HEADS.map(({ head }, i) => ({
      text: head,
      ...(i === 0 ? {} : { width: widths[i] as number, align: 'right' as const }),
      style: page.c.dim,
    })),
  );
  for (const row of rows)
    page.row(
      cells(row).map((text, i) => ({
        text: text === 'none claimed' ? '' : text,
        ...(i === 0 ? {} : { width: widths[i] as number, align: 'right' as const }),
      })),
    );
  page.blank();
  page.para(LEGEND, { style: page.c.dim });
  return page.toString();
}

export function renderCalibrationMarkdown(view: CalibrationView): string {
  const rows = rowsOf(view);
  return `${[
    '# Record of forecasts',
    '',
    `**${md(calibrationHeadline(view))}**`,
    ...(rows.length === 0
      ? []
      : [
          '',
          ...table(
            [...HEADS],
            rows.map((row) => cells(row).map(md)),
          ),
          '',
          LEGEND,
        ]),
  ].join('\n')}\n`;
}

export function renderCalibrationTerse(view: CalibrationView): string {
  const brief = new Brief();
  brief.add([`firesteel calibration: ${calibrationHeadline(view)}`]);
  brief.addAll(
    rowsOf(view).map((row) => {
      const [name, n, error, p90, bias, inside, saved, proven] = cells(row);
      return [`${name}: n ${n}, median error ${error}, p90 ${p90}, bias ${bias}, inside ${inside}, saved ${saved}, proven ${proven}`];
    }),
    'kinds',
  );
  return brief.toString();
}
