// For tests of rules: build a log (log.ts), hold a rule against a table of them (tester.ts).
// Law: nothing outside tests imports this folder; it is left out of the package.
export * from './log.ts';
export * from './tester.ts';
