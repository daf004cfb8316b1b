// A byte string and how it is compared: the innermost step of the byte scan, run some sixty times for every task.
// Law: equal means equal in every byte. Eight bytes at a time are read as a float64 on both sides: two floats are equal only when
// their bits are, but for 0 and -0, whose bytes (seven NULs) no JSON text holds; bytes that read as NaN never match and go to the full parse.

const NO_BYTES = new Uint8Array(0);

export class Literal {
  /** Bytes. */
  readonly length: number;
  /** Eight bytes each; the last one overlaps the one before when the length is no multiple of eight. Empty under eight bytes. */
  readonly words: Float64Array;
  /** The bytes themselves when there are fewer than eight. */
  readonly bytes: Uint8Array;

  constructor(text: string | Uint8Array) {
    const bytes = Buffer.from(text as string);
    this.length = bytes.length;
    const whole = bytes.length >> 3;
    this.bytes = whole === 0 ? Uint8Array.from(bytes) : NO_BYTES;
    const rest = bytes.length & 7;
    this.words = new Float64Array(whole === 0 ? 0 : whole + (rest === 0 ? 0 : 1));
    for (let i = 0; i < whole; i++) this.words[i] = bytes.readDoubleLE(i * 8);
    if (whole > 0 && rest > 0) this.words[whole] = bytes.readDoubleLE(bytes.length - 8);
  }
}

/** True when the literal stands at `pos`. The caller has checked that there are as many bytes. `view` and `buf` are the same bytes. */
export function matches(literal: Literal, buf: Uint8Array, view: DataView, pos: number): boolean {
  const { words, length } = literal;
  const last = words.length - 1;
  if (last < 0) {
    const { bytes } = literal;
    for (let i = 0; i < length; i++) if (buf[pos + i] !== bytes[i]) return false;
    return true;
  }
  for (let i = 0; i < last; i++) if (view.getFloat64(pos + i * 8, true) !== words[i]) return false;
  return view.getFloat64(pos + length - 8, true) === words[last];
}
