// codecs: from compressed bytes to text. Imports base and sources; knows nothing of events or folders.
export { ByteReader } from './byte-reader.ts';
export {
  type Codec,
  DEFAULT_LIMITS,
  type DecodeLimits,
  type DecodeNotes,
  detectCodec,
  emptyNotes,
  FREE_OUTPUT_BYTES,
  HEAD_BYTES,
} from './codec.ts';
export { decode, MAX_OUTPUT_CHUNK } from './decode.ts';
export { decodeDeflate } from './gzip.ts';
export { type ByteRange, planSplits } from './splits.ts';
