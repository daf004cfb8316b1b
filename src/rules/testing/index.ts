// For tests of rules: build a log (log.ts, settings.ts), hold a rule against a table of them (tester.ts).
// Law: nothing outside tests imports this folder; it is left out of the package.
export * from './log.ts';
export * from './settings.ts';
export * from './tester.ts';
