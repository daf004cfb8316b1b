// Look `finding`: one finding of a report with everything it stands on; without a number the list of all findings.
// Law: numbers are those of the report; nothing is summed over findings, because their times overlap.

import { z } from 'zod';
import type { Finding, Report } from '../../audit/index.ts';
import { FiresteelError, nearest } from '../../base/index.ts';
import { measureText } from '../../report/index.ts';
import { defineLook } from './define.ts';
import { clean, evidenceTexts, known, listed, offset, page, whole } from './shared.ts';

const forecast = z.object({
  lowMs: z.number(),
  likelyMs: z.number(),
  highMs: z.number(),
  basis: z.string(),
  assumptions: z.array(z.string()),
});

const entry = z.object({
  finding: z.number().int().optional().describe('its number; left out for what is not worth doing'),
  rule: z.string(),
  status: z.string(),
  title: z.string().optional(),
  cause: z.string().optional(),
  heldMs: z.number().optional(),
  likelySavedMs: z.number().optional(),
  at: z.array(z.string()).optional(),
  note: z.string().optional(),
  remedies: z.array(z.string()).optional(),
});

const line = z.object({
  file: z.string(),
  line: z.number().int(),
  text: z.string(),
  confidence: z.string(),
  basis: z.string(),
});

export const finding = defineLook({
  name: 'finding',
  summary: 'one finding of a report with its evidence, forecast, places, code lines and remedies',
  description:
    'Everything on one finding of an audited run: cause, numbers, forecast with range and assumptions, remedies, code lines, and each place. ' +
    'Without `finding`: the list of all that was found, then of what is present and not worth doing; with `all` also what is clear or could not be judged, and why.',
  input: z.object({
    finding: z
      .union([z.number().int().min(1), z.string().min(1)])
      .optional()
      .describe('its number in the report, from 1, or the id of its rule'),
    all: z.boolean().default(false).describe('in the list, also rules that are clear, do not apply or could not judge'),
    offset,
  }),
  output: z.object({
    application: z.string().optional(),
    headline: z.string().optional(),
    rule: z.string().optional(),
    title: z.string().optional(),
    status: z.string().optional(),
    note: z.string().optional(),
    category: z.string().optional(),
    fixability: z.string().optional(),
    page: z.string().optional().describe("the rule's documentation, a resource"),
    heldMs: z.number().optional().describe("time on the run's end that sits with this cause: the most that a cure can save"),
    forecast: forecast.optional().describe('what curing it alone saves of the wall time; a forecast, 90 % band'),
    numbers: z.array(z.string()).optional(),
    remedies: z.array(z.string()).optional(),
    explains: z.array(z.string()).optional().describe('consequences that go with it'),
    code: z.array(line).optional(),
    alsoInCode: z.array(z.string()).optional(),
    entries: z.array(entry).describe('places of the finding, the heaviest first; or the list of findings'),
    ...listed,
  }),
  list: 'entries',
  ofReport: true,
  async look(input, asked) {
    const { report } = asked();
    return input.finding === undefined ? listOf(report, input.all, input.offset) : one(report, chosen(report, input.finding), input.offset);
  },
});

const foundOf = (report: Report) => report.findings.filter((candidate) => candidate.status === 'found');

function listOf(report: Report, all: boolean, from: number) {
  const found = foundOf(report);
  const rest = report.findings.filter(
    (candidate) => candidate.status !== 'found' && (all || candidate.status === 'error' || candidate.places.length > 0),
  );
  const entries = [...found, ...rest].map((candidate) =>
    known({
      finding: candidate.status === 'found' ? found.indexOf(candidate) + 1 : undefined,
      rule: clean(candidate.rule, 60),
      status: candidate.status,
      title: clean(candidate.title, 120),
      heldMs: candidate.heldMs > 0 ? whole(candidate.heldMs) : undefined,
      likelySavedMs: whole(candidate.forecast?.likelyMs),
      at: evidenceTexts(candidate.places[0]?.evidence ?? candidate.evidence, 3),
      note: clean(candidate.note, 200),
    }),
  );
  return {
    application: clean(report.application.name, 120),
    headline: clean(report.headline, 400),
    entries: page(entries, from),
    total: entries.length,
  };
}

function chosen(report: Report, which: number | string): Finding {
  const found = foundOf(report);
  const number = typeof which === 'number' ? which : /^[1-9]\d*$/.test(which) ? Number(which) : undefined;
  if (number !== undefined) {
    const at = found[number - 1];
    if (at !== undefined) return at;
    throw new FiresteelError(
      'not-found',
      `There is no finding ${number}: ${found.length === 0 ? 'nothing was found' : `the report has ${found.length}`}.`,
      'Call finding without a number for the list.',
    );
  }
  const one = report.findings.find((candidate) => candidate.rule === which);
  if (one !== undefined) return one;
  const near = nearest(
    String(which),
    report.findings.map((candidate) => candidate.rule),
  );
  throw new FiresteelError(
    'not-found',
    `There is no rule "${clean(String(which), 60)}" in the report.`,
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Call search_rules to find a rule by words.',
  );
}

function one(report: Report, it: Finding, from: number) {
  return known({
    application: clean(report.application.name, 120),
    rule: it.rule,
    title: clean(it.title, 120),
    status: it.status,
    note: clean(it.note, 300),
    category: it.category,
    fixability: it.fixability,
    page: `firesteel://rules/${it.rule}`,
    heldMs: it.heldMs > 0 ? whole(it.heldMs) : undefined,
    forecast:
      it.forecast === null
        ? undefined
        : {
            lowMs: Math.round(it.forecast.lowMs),
            likelyMs: Math.round(it.forecast.likelyMs),
            highMs: Math.round(it.forecast.highMs),
            basis: it.forecast.basis,
            assumptions: it.forecast.assumptions.slice(0, 6).map((text) => clean(text, 240)),
          },
    numbers: it.numbers.slice(0, 10).map(measureText),
    remedies: it.remedies.slice(0, 5).map((text) => clean(text, 400)),
    explains: it.explains
      .slice(0, 8)
      .map((consequence) => `${clean(consequence.title, 80)} (${evidenceTexts(consequence.evidence, 2).join(', ')})`),
    code: it.code.slice(0, 6).map((at) => ({
      file: clean(at.file, 300),
      line: at.line,
      text: clean(at.text, 200),
      confidence: at.confidence,
      basis: clean(at.basis, 160),
    })),
    alsoInCode: it.lint.slice(0, 5).map((at) => `${clean(at.file, 200)}:${at.line} ${clean(at.message, 200)}`),
    entries: page(it.places, from).map((place) =>
      known({
        rule: it.rule,
        status: it.status,
        cause: clean(place.cause, 600),
        heldMs: place.heldMs > 0 ? whole(place.heldMs) : undefined,
        at: evidenceTexts(place.evidence, 8),
        // The first place has the remedies of the finding.
        remedies: place === it.places[0] ? undefined : place.remedies.slice(0, 2).map((text) => clean(text, 300)),
      }),
    ),
    total: it.places.length,
  });
}
