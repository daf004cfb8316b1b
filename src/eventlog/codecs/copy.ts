// The two copies every LZ77 block format is made of. Callers have checked all bounds.
// Law: only bytes below `at + length` of the destination are written, only the named source bytes are read.

/** From this length on a native copy beats a loop (call cost against some bytes per nanosecond). */
const NATIVE_FROM = 48;

/** Copies `length` bytes of `src` from `from` to `dst` at `at`. */
export function copyLiteral(src: Uint8Array, from: number, dst: Uint8Array, at: number, length: number): void {
  if (length >= NATIVE_FROM) dst.set(src.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) dst[at + i] = src[from + i]!;
}

/** Repeats `length` bytes from `distance` back at `at`; the two may overlap, and then the bytes repeat. */
export function copyMatch(dst: Uint8Array, at: number, distance: number, length: number): void {
  const from = at - distance;
  if (length >= NATIVE_FROM && distance >= length) dst.copyWithin(at, from, from + length);
  else if (length >= NATIVE_FROM && distance === 1) dst.fill(dst[from]!, at, at + length);
  else for (let i = 0; i < length; i++) dst[at + i] = dst[from + i]!;
}
