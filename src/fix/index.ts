// fix: findings → proposals → one patch on code and configuration. Verdict before edit; edits as data; nothing is written here.
export * from './define.ts';
