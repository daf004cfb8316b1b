// The HTML report: data of the page, and the page as one file.
export { type PackedWhatIf, type PageInput, pageOf } from './data.ts';
export type { KeyLookup } from './environment.ts';
export { MARKS, renderPage } from './page.ts';
export type * from './types.ts';
