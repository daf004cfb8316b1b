// JSON of any result: the stable, documented form for programs (`firesteel/report@1`, `facts@1`, `fleet@1`, `compare@1`).
// Law: an absent value is null, a map is an object, a number that JSON cannot say is null; no value can break out of its string in a terminal.

import { type Finding, isSecret, type Report } from '../audit/index.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Maps, sets and typed arrays as plain JSON; `undefined`, NaN and infinities as null. Key order is kept. */
export function plain(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      return Number(value);
    case 'object':
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Set) return [...value].map(plain);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as unknown as ArrayLike<number>, plain);
  const entries = value instanceof Map ? [...value].map(([key, item]): [string, unknown] => [String(key), item]) : Object.entries(value);
  // Keys come from logs: without a prototype none of them is special.
  const out: { [key: string]: Json } = Object.create(null);
  for (const [key, item] of entries) out[key] = plain(item);
  return out;
}

/** References keep only the fields they have: their kind says which can be expected. The value of a secret setting is left out. */
export function evidenceJson(evidence: Finding['evidence']): Json {
  return evidence.map((ref) => {
    const shown = ref.kind === 'conf' && isSecret(ref.key, ref.value) ? { kind: ref.kind, key: ref.key } : ref;
    return plain(Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined)));
  });
}

/** The fields that the design names first and in its order, then what goes beyond. */
export function findingJson(finding: Finding): Json {
  return {
    rule: finding.rule,
    status: finding.status,
    title: finding.title,
    cause: finding.cause,
    fixability: finding.fixability,
    evidence: evidenceJson(finding.evidence),
    numbers: finding.numbers.map(({ name, value, unit }) => plain({ name, value, unit })),
    heldMs: plain(finding.heldMs),
    explains: finding.explains.map(({ rule, title, heldMs, evidence }) => ({
      rule,
      evidence: evidenceJson(evidence),
      title,
      heldMs: plain(heldMs),
    })),
    forecast: plain(finding.forecast),
    fix: plain(finding.fix),
    savesCost: plain(finding.savesCost),
    category: finding.category,
    saves: finding.saves,
    wastedCoreMs: plain(finding.wastedCoreMs),
    remedies: plain(finding.remedies),
    places: finding.places.map((place) => ({
      cause: place.cause,
      evidence: evidenceJson(place.evidence),
      numbers: place.numbers.map(({ name, value, unit }) => plain({ name, value, unit })),
      heldMs: plain(place.heldMs),
      remedies: plain(place.remedies),
      wastedCoreMs: plain(place.wastedCoreMs),
    })),
    note: plain(finding.note),
    ...(finding.code.length === 0 ? {} : { code: plain(finding.code) }),
    ...(finding.lint.length === 0 ? {} : { lint: plain(finding.lint) }),
  };
}

/** A report as `firesteel/report@1`: findings of every status, the found ones first and ranked. */
export function reportJson(report: Report): Json {
  return {
    schema: report.schema,
    application: plain(report.application),
    log: plain(report.log),
    time: plain(report.time),
    noiseFloorMs: plain(report.noiseFloorMs),
    counts: plain(report.counts),
    headline: report.headline,
    findings: report.findings.map(findingJson),
    joint: plain(report.joint),
    cannotPredict: plain(report.cannotPredict),
    ...(report.code === undefined ? {} : { code: plain(report.code), codeNotes: plain(report.codeNotes) }),
    goal: report.goal ?? 'time',
    cost: plain(report.cost),
  };
}

/** DEL, C1 controls, separators and marks of direction: legal in JSON, not harmless in a terminal. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const escaped = (json: string): string =>
  json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * JSON text in pieces, indented by two spaces. Elements of top-level lists are pieces of their own:
 * the facts of a run with very many queries are longer than the longest string there can be.
 */
export function* jsonChunks(value: object): Generator<string> {
  const text = (item: unknown, indent: string) => escaped(JSON.stringify(item, null, 2)).replaceAll('\n', `\n${indent}`);
  let first = true;
  yield '{';
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    yield `${first ? '' : ','}\n  ${text(key, '')}: `;
    first = false;
    if (!Array.isArray(item) || item.length === 0) {
      yield text(item, '  ');
      continue;
    }
    for (let i = 0; i < item.length; i++) yield `${i === 0 ? '[' : ','}\n    ${text(item[i] ?? null, '    ')}`;
    yield '\n  ]';
  }
  yield '\n}\n';
}

export const renderJson = (report: Report): string => [...jsonChunks(reportJson(report) as object)].join('');
