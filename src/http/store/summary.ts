// What the server keeps in memory of a report: enough for lists and the fleet; the report itself lies on disk.
// Law: pure; a number that the report does not have is null, never 0.

/** A forecast's band, ms of wall time; positive is time won. */
export interface Saving {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
  readonly savedCoreMs: number | null;
}

export interface FindingSummary {
  readonly rule: string;
  readonly title: string;
  readonly category: string;
  readonly saves: string;
  readonly heldMs: number;
  readonly saving: Saving | null;
  /** What a cure would change, when other runs can share it: a table or a setting; null when it is of this run alone. */
  readonly target: { readonly kind: 'table' | 'conf'; readonly name: string } | null;
}

export interface RunSummary {
  readonly applicationId: string | null;
  readonly attempt: string | null;
  /** The application's name: what the runs of one model have in common. Empty when the log names none. */
  readonly model: string;
  readonly user: string | null;
  readonly sparkVersion: string | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly completed: boolean;
  readonly wallMs: number | null;
  /** Core time that the run held, ms. */
  readonly coreMs: number | null;
  readonly tasks: number;
  readonly headline: string;
  readonly findings: readonly FindingSummary[];
  /** All causes cured together. */
  readonly joint: Saving | null;
  readonly cannotPredict: string | null;
}

type Bag = Readonly<Record<string, unknown>>;
const bag = (value: unknown): Bag => (typeof value === 'object' && value !== null ? (value as Bag) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** Letters of a name that goes into lists. */
const MAX_NAME = 300;

function savingOf(value: unknown): Saving | null {
  const { lowMs, likelyMs, highMs, savedCoreMs } = bag(value);
  if (typeof likelyMs !== 'number') return null;
  return { lowMs: number(lowMs) ?? likelyMs, likelyMs, highMs: number(highMs) ?? likelyMs, savedCoreMs: number(savedCoreMs) };
}

function targetOf(finding: Bag): FindingSummary['target'] {
  // The heaviest place is what a cure would begin with.
  const [place] = list(finding.places);
  const evidence = list(bag(place).evidence ?? finding.evidence).map(bag);
  const table = evidence.find((ref) => ref.kind === 'table');
  if (typeof table?.path === 'string') return { kind: 'table', name: table.path.replace(/\/+$/, '').slice(0, MAX_NAME) };
  const conf = evidence.find((ref) => ref.kind === 'conf');
  if (typeof conf?.key !== 'string') return null;
  // Another value was set elsewhere, or for a reason of its own.
  return { kind: 'conf', name: (typeof conf.value === 'string' ? `${conf.key}=${conf.value}` : conf.key).slice(0, MAX_NAME) };
}

/** The summary of a `firesteel/report@1`. */
export function summaryOf(report: unknown): RunSummary {
  const { application, time, counts, findings, joint, headline, cannotPredict } = bag(report);
  const app = bag(application);
  const when = bag(time);
  return {
    applicationId: text(app.id),
    attempt: text(app.attempt),
    model: (text(app.name) ?? '').slice(0, MAX_NAME),
    user: text(app.user),
    sparkVersion: text(app.sparkVersion),
    startMs: number(when.startMs) ?? number(app.startMs),
    endMs: number(when.endMs) ?? number(app.endMs),
    completed: app.completed === true,
    wallMs: number(when.wallMs),
    coreMs: number(when.allocatedCoreMs),
    tasks: number(bag(counts).tasks) ?? 0,
    headline: text(headline) ?? '',
    findings: list(findings)
      .map(bag)
      .filter((finding) => finding.status === 'found')
      .map((finding) => ({
        rule: text(finding.rule) ?? '',
        title: text(finding.title) ?? '',
        category: text(finding.category) ?? '',
        saves: text(finding.saves) ?? 'time',
        heldMs: number(finding.heldMs) ?? 0,
        saving: savingOf(finding.forecast),
        target: targetOf(finding),
      })),
    joint: savingOf(joint),
    cannotPredict: text(cannotPredict),
  };
}
