// Look `code_line`: what one line of the user's code cost, and what was found at it; without a line the dearest lines.
// Laws: a query is put at a line only when the log names the line or the join of run and code does, and how sure that is is said.

import { z } from 'zod';
import type { Report } from '../../audit/index.ts';
import { FiresteelError } from '../../base/index.ts';
import { FACTS, type FactStore, type StageFact } from '../../facts/index.ts';
import type { Confidence } from '../../join/index.ts';
import { defineLook, type OpenRun } from './define.ts';
import { clean, known, listed, offset, page } from './shared.ts';

/** Lines of code shown around the one that is asked for. */
const AROUND = 4;

export const codeLine = defineLook({
  name: 'code_line',
  summary: "what a line of the user's code cost: its queries and stages, and what was found at it",
  description:
    "What a line of the user's code cost in this run: time on the run's end and task time of the queries and stages that it started, and the findings that point at it. " +
    'Without `line`: the dearest lines. The audit must have been given the code, or the run must carry lines (firesteel run writes them).',
  input: z.object({
    file: z.string().min(1).optional().describe('file, as the report names it, or the end of its path'),
    line: z.number().int().min(1).optional().describe('line, from 1'),
    offset,
  }),
  output: z.object({
    file: z.string().optional(),
    line: z.number().int().optional(),
    text: z.array(z.string()).optional().describe('the code around it'),
    heldMs: z.number().optional().describe("time on the run's end of the stages it started"),
    taskTimeMs: z.number().optional(),
    queries: z.array(z.number().int()).optional(),
    stages: z.array(z.string()).optional(),
    confidence: z.string().optional().describe('certain: the log names the line'),
    entries: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).describe('what was found at the line; or the lines'),
    note: z.string().optional(),
    ...listed,
  }),
  list: 'entries',
  ofReport: true,
  async look(input, asked) {
    const { report, open } = asked();
    const run = await open();
    const lines = linesOf(run);
    if (input.line === undefined) return listOf(lines, notesAt(report), input.file, input.offset);
    const files = new Set([...lines.map((at) => at.file), ...notesAt(report).map((at) => at.file), ...run.files.map((at) => at.path)]);
    const file = [...files].find((path) => input.file === undefined || isFile(path, input.file));
    if (file === undefined)
      throw new FiresteelError(
        'not-found',
        files.size === 0
          ? 'Neither the log nor the audit knows any line of code of this run.'
          : `The run has no code file "${clean(input.file, 200)}".`,
        files.size === 0
          ? 'Audit the log again with the code: audit {"logs": [...], "code": ["job.py"]}.'
          : `It has ${[...files]
              .slice(0, 5)
              .map((path) => clean(path, 200))
              .join(', ')}.`,
      );
    return one(run, lines, notesAt(report), file, input.line, input.offset);
  },
});

const isFile = (path: string, asked: string): boolean => path === asked || path.endsWith(`/${asked}`) || asked.endsWith(`/${path}`);

interface Line {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly stages: readonly StageFact[];
  readonly queries: readonly number[];
  readonly confidence: Confidence;
  readonly heldMs: number;
  readonly taskTimeMs: number;
}

/** Every line that started something: by the call sites of the log, else by the join. */
function linesOf({ store, code }: OpenRun): Line[] {
  const of = new Map<
    string,
    { file: string; line: number; endLine: number; stages: Set<StageFact>; queries: Set<number>; confidence: Confidence }
  >();
  const put = (file: string, line: number, endLine: number, confidence: Confidence, stage: StageFact, query: number | undefined) => {
    const key = `${file}:${line}`;
    const at = of.get(key) ?? { file, line, endLine, stages: new Set<StageFact>(), queries: new Set<number>(), confidence };
    at.stages.add(stage);
    if (query !== undefined) at.queries.add(query);
    of.set(key, at);
  };
  const sources = store.get(FACTS.sources);
  for (const stage of store.get(FACTS.stages).all) {
    const query = stage.execution?.id;
    const action = query === undefined ? undefined : code?.actionsOf(query)[0];
    if (action !== undefined) {
      put(action.file, action.line, action.endLine, action.confidence, stage, query);
      continue;
    }
    const line = sources.ofStage(stage.stage.id, stage.stage.attempt);
    if (line !== undefined) put(line.file, line.line, line.line, 'certain', stage, query);
  }
  return [...of.values()]
    .map(({ stages, queries, ...at }): Line => ({ ...at, ...timesOf(store, [...stages]), stages: [...stages], queries: [...queries] }))
    .sort((a, b) => b.heldMs - a.heldMs || b.taskTimeMs - a.taskTimeMs);
}

function timesOf(store: FactStore, stages: readonly StageFact[]) {
  const path = store.get(FACTS.criticalPath);
  return {
    heldMs: Math.round(stages.reduce((sum, stage) => sum + path.held(stage), 0)),
    taskTimeMs: Math.round(stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0)),
  };
}

interface Note {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly rule: string;
  readonly what: string;
  readonly heldMs: number | undefined;
  readonly confidence: string;
}

/** What the report found at lines of code: causes in the run, then findings of the code alone. */
const notesAt = (report: Report): Note[] => [
  ...report.findings.flatMap((finding) =>
    finding.code.map((at) => ({
      file: at.file,
      line: at.line,
      endLine: at.endLine,
      rule: finding.rule,
      what: finding.status === 'found' ? finding.cause : `${finding.title}: ${finding.note ?? finding.status}`,
      heldMs: finding.status === 'found' ? finding.heldMs : undefined,
      confidence: at.confidence,
    })),
  ),
  ...[...report.findings.flatMap((finding) => finding.lint), ...(report.code ?? [])].map((at) => ({
    file: at.file,
    line: at.line,
    endLine: at.endLine,
    rule: at.id,
    what: `${at.message} (${at.worth})`,
    heldMs: undefined,
    confidence: at.certainty,
  })),
];

const noteEntry = (note: Note) =>
  known({
    rule: clean(note.rule, 60),
    at: `${clean(note.file.split('/').at(-1), 120)}:${note.line}`,
    what: clean(note.what, 300),
    heldMs: note.heldMs === undefined ? undefined : Math.round(note.heldMs),
    confidence: note.confidence,
  }) as Record<string, string | number>;

function listOf(lines: readonly Line[], notes: readonly Note[], file: string | undefined, from: number) {
  const wanted = <T extends { readonly file: string }>(at: T) => file === undefined || isFile(at.file, file);
  const dear = lines.filter(wanted).map(
    (at) =>
      known({
        at: `${clean(at.file, 200)}:${at.line}`,
        heldMs: at.heldMs,
        taskTimeMs: at.taskTimeMs,
        queries: at.queries.slice(0, 8).join(' '),
        confidence: at.confidence,
      }) as Record<string, string | number>,
  );
  const entries = [...dear, ...notes.filter(wanted).map(noteEntry)];
  const note =
    entries.length > 0
      ? undefined
      : 'No line of code is known for this run: audit it again with the code, as audit {"logs": [...], "code": ["job.py"]}.';
  return known({ note, entries: page(entries, from), total: entries.length });
}

function one(run: OpenRun, lines: readonly Line[], notes: readonly Note[], file: string, line: number, from: number) {
  const covers = (at: { readonly file: string; readonly line: number; readonly endLine: number }) =>
    isFile(at.file, file) && at.line <= line && line <= Math.max(at.line, at.endLine);
  const at = lines.filter(covers);
  const text = run.files.find((one) => isFile(one.path, file))?.text.split(/\r\n|\n|\r/);
  const here = notes.filter(covers);
  const times = timesOf(run.store, [...new Set(at.flatMap(({ stages }) => stages))]);
  return known({
    file: clean(file, 300),
    line,
    text: text
      ?.map((code, i) => ({ code, number: i + 1 }))
      .slice(Math.max(0, line - 1 - AROUND), line + AROUND)
      .map(({ code, number }) => `${number}${number === line ? '>' : ' '} ${code.slice(0, 200)}`),
    ...(at.length === 0 ? {} : times),
    queries: [...new Set(at.flatMap(({ queries }) => queries))].slice(0, 20),
    stages: [...new Set(at.flatMap(({ stages }) => stages.map(({ key }) => key)))].slice(0, 20),
    confidence: at[0]?.confidence,
    entries: page(here, from).map(noteEntry),
    total: here.length,
  });
}
