// Search as one types: models, runs, rules. Every word must be in the name, the source, the id or the title.

import { Section, Wide } from '../../src/parts.tsx';
import { type FleetView, type Ledger, type PageOf, type Rules, type Run, useApi } from '../api.ts';
import { Head, RunTable } from '../parts.tsx';
import { modelPath, rulePath } from '../router.ts';
import { plural, time } from '../words.ts';

const MAX = 50;

export function Search({ text }: { text: string }) {
  const fleet = useApi<FleetView>('/fleet');
  const runs = useApi<PageOf<Run>>('/runs?limit=500');
  const rules = useApi<Rules>('/rules');
  const ledger = useApi<Ledger>('/ledger?last=1');
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (...given: readonly (string | null)[]) => {
    const all = given.join('\n').toLowerCase();
    return words.length > 0 && words.every((word) => all.includes(word));
  };
  const recorded = ledger.data?.history?.models ?? [];
  const audited = fleet.data?.models ?? [];
  const models = [
    ...audited.map((model) => ({ name: model.model, runs: model.runs, typicalMs: model.medianWallMs })),
    ...recorded
      .filter((model) => !audited.some((one) => one.model === model.model))
      .map((model) => ({ name: model.model, runs: model.runs, typicalMs: model.duration?.median ?? null })),
  ].filter(({ name }) => fits(name));
  const foundRules = (rules.data?.rules ?? []).filter((rule) => fits(rule.id, rule.title));
  const foundRuns = (runs.data?.items ?? []).filter((run) => fits(run.model, run.source, run.applicationId, run.headline, ...run.rules));
  const nothing = words.length > 0 && runs.data !== undefined && models.length + foundRules.length + foundRuns.length === 0;
  return (
    <>
      <Head title="Search" sub={words.length === 0 ? 'Type a name, an application id, a finding.' : `for ${text.trim()}`} />
      {nothing && <p role="status">Nothing fits.</p>}
      {models.length > 0 && (
        <Section title={plural(models.length, 'model')}>
          <Wide label="models">
            <table className="list">
              <thead>
                <tr>
                  <th>Model</th>
                  <th className="num">Runs</th>
                  <th className="num">Typical run</th>
                </tr>
              </thead>
              <tbody>
                {models.slice(0, MAX).map((model) => (
                  <tr key={model.name}>
                    <th scope="row" className="name">
                      <a href={modelPath(model.name)}>{model.name}</a>
                    </th>
                    <td className="num">{model.runs}</td>
                    <td className="num">{time(model.typicalMs)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        </Section>
      )}
      {foundRules.length > 0 && (
        <Section title={plural(foundRules.length, 'rule')}>
          <ul className="rule-list">
            {foundRules.map((rule) => (
              <li key={rule.id}>
                <a href={rulePath(rule.id)}>{rule.title}</a>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {foundRuns.length > 0 && (
        <Section title={plural(foundRuns.length, 'run')} aside={runs.data?.next == null ? undefined : 'among the newest 500'}>
          <RunTable runs={foundRuns.slice(0, MAX)} models label="runs that fit" />
        </Section>
      )}
    </>
  );
}
