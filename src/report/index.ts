// report: results → text. Terminal for people, Markdown to share, JSON for programs, terse for agents.
// Law: pure; no console, no clock; nothing from a log reaches a terminal or a document uncleaned.

export {
  type CalibrationRow,
  type CalibrationView,
  calibrationHeadline,
  calibrationJson,
  renderCalibrationMarkdown,
  renderCalibrationTerminal,
  renderCalibrationTerse,
} from './calibration-face.ts';
export { type Look, MIN_WIDTH } from './canvas.ts';
export { type Chart, type ChartRow, chartOf } from './chart-data.ts';
export type { Theme } from './chart-marks.ts';
export { type CodeLint, codeJson, renderCodeMarkdown, renderCodeTerminal, renderCodeTerse } from './code-face.ts';
export { comparisonJson, renderComparisonMarkdown, renderComparisonTerminal, renderComparisonTerse } from './comparison-faces.ts';
export { type ConfLint, confLintJson, renderConfLintMarkdown, renderConfLintTerminal } from './conf-face.ts';
export { type FactsJson, renderFactsTerminal } from './facts-face.ts';
export { type FixResult, fixJson, plannedJson, renderFixMarkdown, renderFixTerminal } from './fix-face.ts';
export { type Fleet, type FleetCause, type FleetFailure, type FleetRun, fleetJson, fleetOf } from './fleet.ts';
export { renderFleetMarkdown, renderFleetTerminal, renderFleetTerse } from './fleet-faces.ts';
export {
  type ForecastView,
  forecastHeadline,
  forecastJson,
  renderForecastMarkdown,
  renderForecastTerminal,
  renderForecastTerse,
} from './forecast-face.ts';
export { type HistoryInput, historyOf } from './history.ts';
export { type ChartPair, renderHistoryHtml } from './history-html.ts';
export { historyJson } from './history-json.ts';
export { type HistoryMarkdownOptions, renderHistoryMarkdown } from './history-markdown.ts';
export { renderHistoryTerminal } from './history-terminal.ts';
export type { Change, History, MeanCost, ModelHistory, Repair, Side, Trend, VersionHistory } from './history-types.ts';
export { formatMoney } from './history-words.ts';
export { type ImproveResult, improveJson, renderImproveMarkdown, renderImproveTerminal, type Tried } from './improve-face.ts';
export { jsonChunks, plain, renderJson, reportJson } from './json.ts';
export { type MarkdownOptions, renderMarkdown } from './markdown.ts';
export { type ModelEntry, type ModelList, modelsJson, renderModelsMarkdown, renderModelsTerminal } from './models-face.ts';
export { proofJson, renderProofTerse } from './proof-json.ts';
export { renderProofMarkdown } from './proof-markdown.ts';
export { renderProofTerminal } from './proof-terminal.ts';
export { type RuleInfo, renderRule, renderRules } from './rules-face.ts';
export { type RunResult, renderRunMarkdown, renderRunTerminal, runJson } from './run-face.ts';
export {
  type RunList,
  recordJson,
  renderRecordMarkdown,
  renderRecordTerminal,
  renderRunsMarkdown,
  renderRunsTerminal,
  runsJson,
} from './runs-face.ts';
export { renderSizeMarkdown, renderSizeTerminal, renderSizeTerse, sizeHeadline, sizeJson } from './size-face.ts';
export { renderTerminal, type TerminalOptions } from './terminal.ts';
export { BUDGET, renderTerse } from './terse.ts';
export { clean, toAscii } from './text.ts';

/** Drawing: loaded when it is asked for, because the chart library is large. */
export const charts = async () => ({ ...(await import('./chart.ts')), ...(await import('./chart-font.ts')) });

/** The HTML report of an audit: loaded when it is asked for. */
export const htmlReport = async () => await import('./html/index.ts');
export { dataText } from './data-text.ts';
export type { Page, PageData, PageInput } from './html/index.ts';
export { type OptimisationOptions, type ReportedFix, renderOptimisationReport } from './optimisation-report.ts';
export { evidenceTexts, measureText } from './words.ts';
