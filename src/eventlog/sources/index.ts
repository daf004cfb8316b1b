// sources: where bytes come from. Imports only base; knows no codec and no layout.
export { type FileSourceOptions, fileOfSize, openFile } from './file.ts';
export { memorySource } from './memory.ts';
export { CHUNK_BYTES, readHead, type SourceFile, sourceError } from './source.ts';
export { type StreamSource, streamSource } from './stream.ts';
