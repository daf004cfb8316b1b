// What the first bytes of a file say: packed how, and is there a Spark event in it?
// Law: decides on content; reads 64 KiB at most; the answers are sentences for people, never exceptions.
import { type Codec, decode, detectCodec, emptyNotes } from '../codecs/index.ts';
import { memorySource } from '../sources/index.ts';

/** Enough for the first event of any log: it is the 80-byte LogStart, or one of some KiB. */
export const SNIFF_BYTES = 64 * 1024;

/** Text looked at: with the head packed at most so well, the first lines are in it. */
const SNIFF_TEXT = 256 * 1024;

/** What Spark starts every line with; its own exclusion filter (4.1) relies on it too. */
const EVENT_START = '{"Event":"';

export interface Sniffed {
  readonly codec: Codec;
  /** True when an event was seen. */
  readonly events: boolean;
  /** Why this can be no log, and what to do; undefined when it may be one. */
  readonly refusal?: { readonly code: 'unknown-codec' | 'not-an-event-log'; readonly what: string; readonly nextStep: string };
}

const UNPACK = 'Unpack it and give the log or folder inside.';

/** Formats people take for logs or put logs into, by the bytes at an offset. */
const STRANGERS: readonly (readonly [number, string, string, string])[] = [
  [0, 'fffe', 'is text in UTF-16', 'Convert it to UTF-8 (Spark writes UTF-8; a Windows shell may have re-encoded it).'],
  [0, 'feff', 'is text in UTF-16', 'Convert it to UTF-8 (Spark writes UTF-8; a Windows shell may have re-encoded it).'],
  [257, '7573746172', 'is a tar archive', UNPACK],
  [0, '425a68', 'is packed with bzip2, which Spark does not write', UNPACK],
  [0, 'fd377a585a00', 'is packed with xz, which Spark does not write', UNPACK],
  [0, '377abcaf271c', 'is a 7z archive', UNPACK],
  [0, '526172211a07', 'is a rar archive', UNPACK],
  [0, '50415231', 'is a Parquet file', 'Give the event log of the job that wrote it, not the data.'],
  [0, '4f5243', 'is an ORC file', 'Give the event log of the job that wrote it, not the data.'],
];

const LOG_HINT = 'Give an event log: a file or an eventlog_v2_… folder from the directory set as spark.eventLog.dir.';

function strangerOf(head: Buffer): { what: string; nextStep: string } | undefined {
  for (const [at, hex, what, nextStep] of STRANGERS) {
    if (head.subarray(at, at + hex.length / 2).toString('hex') === hex) return { what, nextStep };
  }
  return undefined;
}

/** Looks at the first bytes of a file (SNIFF_BYTES of it, or all). */
export async function sniff(head: Buffer): Promise<Sniffed> {
  const codec = detectCodec(head);
  if (codec === 'zip') return { codec, events: false };
  if (codec === 'empty') {
    const nextStep = 'When the application has just started, try again once it has run; otherwise check how the file was copied.';
    return { codec, events: false, refusal: { code: 'not-an-event-log', what: 'is empty', nextStep } };
  }
  if (codec === 'unknown') {
    const stranger = strangerOf(head) ?? { what: 'is neither text nor packed in a known way', nextStep: LOG_HINT };
    return { codec, events: false, refusal: { code: 'unknown-codec', ...stranger } };
  }
  const text = await textOf(codec, head);
  const inner = detectCodec(text);
  if (codec !== 'plain' && inner !== 'plain' && inner !== 'empty') {
    const stranger =
      inner === 'unknown'
        ? (strangerOf(text) ?? { what: 'holds no text', nextStep: LOG_HINT })
        : { what: `holds ${inner} again`, nextStep: UNPACK };
    return {
      codec,
      events: false,
      refusal: { code: 'not-an-event-log', what: `(packed as ${codec}) ${stranger.what}`, nextStep: stranger.nextStep },
    };
  }
  return { codec, events: text.includes(EVENT_START) };
}

/** The first text of a file; an end inside the head is no fault here. */
async function textOf(codec: Codec, head: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let have = 0;
  for await (const chunk of decode(
    codec,
    memorySource('head', head).read(),
    { maxOutputBytes: SNIFF_TEXT, maxRatio: SNIFF_TEXT },
    emptyNotes(),
  )) {
    pieces.push(Buffer.from(chunk));
    have += chunk.length;
    if (have >= SNIFF_TEXT) break;
  }
  return Buffer.concat(pieces);
}
