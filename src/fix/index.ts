// fix: findings → proposals → one patch on code and configuration. Verdict before edit; edits as data; nothing is written here.

export { constrain, enforced } from './conf-change.ts';
export { type ConfPatch, patchBuilder, patchProperties, patchSubmit } from './conf-patch.ts';
export * from './define.ts';
export { diffsOf, diffText, type FileDiff, type Hunk } from './diff.ts';
export { fixers } from './fixers/index.ts';
export { functionsImport, functionsName, importEdits, type NeededImport } from './imports.ts';
export * from './plan.ts';
