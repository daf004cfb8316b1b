// A folder of parts as one file to send: a ZIP without compression (the parts are compressed already), made of the files themselves.
// Law: no part is held in memory; a part is read once for its checksum. Not for more than 4 GiB (no ZIP64).

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

async function crcOf(file: Blob): Promise<number> {
  let crc = 0xffffffff;
  const reader = file.stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read())
    for (const byte of next.value) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

export interface Part {
  /** With slashes: `eventlog_v2_app/events_1_app.zstd`. */
  readonly path: string;
  readonly file: Blob;
}

/** Most bytes of a ZIP without ZIP64. */
const MAX_BYTES = 0xffffffff;

/** Numbers of a header, little-endian: [value, bytes] each. */
function header(...fields: readonly (readonly [number, 2 | 4])[]): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)));
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(out.buffer);
}

/** UTF-8 names. */
const FLAGS = 0x0800;
/** 1980-01-01: the format's first day; times say nothing here. */
const DATE = 0x0021;

/** The archive. Throws when it would be too large. */
export async function zipOf(parts: readonly Part[]): Promise<Blob> {
  const pieces: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let at = 0;
  let directoryBytes = 0;
  for (const { path, file } of parts) {
    const name = new TextEncoder().encode(path);
    if (at + file.size + name.length + 100 > MAX_BYTES)
      throw new Error('These parts have more than 4 GiB: put the folder where the server watches.');
    const crc = await crcOf(file);
    const common = [
      [20, 2],
      [FLAGS, 2],
      [0, 2],
      [0, 2],
      [DATE, 2],
      [crc, 4],
      [file.size, 4],
      [file.size, 4],
      [name.length, 2],
      [0, 2],
    ] as const;
    const local = header([0x04034b50, 4], ...common);
    pieces.push(local, name, file);
    const entry = header([0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]);
    directory.push(entry, name);
    directoryBytes += entry.length + name.length;
    at += local.length + name.length + file.size;
  }
  const end = header([0x06054b50, 4], [0, 2], [0, 2], [parts.length, 2], [parts.length, 2], [directoryBytes, 4], [at, 4], [0, 2]);
  return new Blob([...pieces, ...directory, end], { type: 'application/zip' });
}
