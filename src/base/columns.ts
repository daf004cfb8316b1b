// Columns of numbers as bytes: whole numbers of a step, as variable-length integers. Small enough to travel in a page once deflated.
// Laws: unpack(pack(x)) differs from x by at most half a step; a number that is none, or below 0, travels as 0.

/** A column to pack, and the step to which its values are rounded. */
export interface Column {
  readonly values: ArrayLike<number>;
  /** 1 keeps whole numbers, 0.1 tenths. */
  readonly step: number;
}

/** Above it a float has no whole numbers left. */
const MOST = Number.MAX_SAFE_INTEGER;

/** Packs columns one after the other: count, step × 10⁶, values; each as a little-endian base-128 integer. */
export function packColumns(columns: readonly Column[]): Uint8Array {
  let bytes = new Uint8Array(1024);
  let n = 0;
  const put = (value: number) => {
    if (n + 10 > bytes.length) {
      const wider = new Uint8Array(bytes.length * 2);
      wider.set(bytes);
      bytes = wider;
    }
    let left = Number.isFinite(value) && value > 0 ? Math.min(MOST, Math.round(value)) : 0;
    while (left > 127) {
      bytes[n++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    bytes[n++] = left;
  };
  put(columns.length);
  for (const { values, step } of columns) {
    put(values.length);
    put(step * 1e6);
    for (let i = 0; i < values.length; i++) put((values[i] as number) / step);
  }
  return bytes.slice(0, n);
}

/** Reads what `packColumns` wrote; bytes that end early give zeros. */
export function unpackColumns(bytes: Uint8Array): Float64Array[] {
  let at = 0;
  const take = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const count = Math.min(take(), bytes.length);
  const out: Float64Array[] = [];
  for (let c = 0; c < count; c++) {
    const length = Math.min(take(), bytes.length);
    const step = take() / 1e6;
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) values[i] = take() * step;
    out.push(values);
  }
  return out;
}
