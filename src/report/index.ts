// report: results → text. Terminal for people, Markdown to share, JSON for programs, terse for agents.
// Law: pure; no console, no clock; nothing from a log reaches a terminal or a document uncleaned.
export { type Look, MIN_WIDTH } from './canvas.ts';
export { comparisonJson, renderComparisonMarkdown, renderComparisonTerminal, renderComparisonTerse } from './comparison-faces.ts';
export { type FactsJson, renderFactsTerminal } from './facts-face.ts';
export { type Fleet, type FleetCause, type FleetFailure, type FleetRun, fleetJson, fleetOf } from './fleet.ts';
export { renderFleetMarkdown, renderFleetTerminal, renderFleetTerse } from './fleet-faces.ts';
export { jsonChunks, plain, renderJson, reportJson } from './json.ts';
export { type MarkdownOptions, renderMarkdown } from './markdown.ts';
export { type RuleInfo, renderRule, renderRules } from './rules-face.ts';
export { renderTerminal, type TerminalOptions } from './terminal.ts';
export { BUDGET, renderTerse } from './terse.ts';
export { clean, toAscii } from './text.ts';
