// What can be found: all rules by category, and the page of one with the runs that have it.

import { Markdown, Section, Wide } from '../../src/parts.tsx';
import { type PageOf, type Rule, type RuleAlone, type Rules, type Run, useApi } from '../api.ts';
import { Head, Loaded, RunTable } from '../parts.tsx';
import { rulePath, to } from '../router.ts';
import { plural } from '../words.ts';

export function RulesPage() {
  const rules = useApi<Rules>('/rules');
  return (
    <>
      <Head
        title="Rules"
        sub={
          rules.data === undefined
            ? ' '
            : `${plural(rules.data.rules.length, 'cause')} that can be found; fix: firesteel fix can write the cure`
        }
      />
      <Loaded of={rules}>
        {({ rules: all }) =>
          [...Map.groupBy(all, (rule) => rule.category)].map(([category, some]) => <Category key={category} name={category} rules={some} />)
        }
      </Loaded>
    </>
  );
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

const Category = ({ name, rules }: { name: string; rules: readonly Rule[] }) => (
  <Section title={capital(name)} id={`c-${name}`}>
    <ul className="rule-list">
      {rules.map((rule) => (
        <li key={rule.id}>
          <a href={rulePath(rule.id)}>{rule.title}</a>
          {rule.fixes.length > 0 && (
            <span className="badge" title="firesteel fix can write it">
              fix
            </span>
          )}
        </li>
      ))}
    </ul>
  </Section>
);

export function RulePage({ id }: { id: string }) {
  const rule = useApi<RuleAlone>(rulePath(id));
  const runs = useApi<PageOf<Run>>(to('/runs', { rule: id, limit: '20', sort: 'saved' }));
  return (
    <>
      <Head title={rule.data?.title ?? id} sub={id} />
      <Loaded of={rule}>
        {(data) => (
          <>
            {data.readme != null && (
              <Section title="Runbook">
                <Markdown text={data.readme} level={3} />
              </Section>
            )}
            {data.fixes.length > 0 && (
              <Section title="What firesteel fix can write">
                <ul>
                  {data.fixes.map((fix) => (
                    <li key={fix.id}>
                      {fix.title}{' '}
                      <span className="dim">
                        {fix.safety === 'safe' ? 'same output by construction where its preconditions hold' : 'to be proven'}
                      </span>
                    </li>
                  ))}
                </ul>
              </Section>
            )}
          </>
        )}
      </Loaded>
      {runs.data !== undefined && (
        <Section title={runs.data.total === 0 ? 'No run has it' : `${plural(runs.data.total, 'run')} with it, the most to save first`}>
          {runs.data.items.length > 0 && <RunTable runs={runs.data.items} models label="runs with this finding" />}
          {runs.data.total > runs.data.items.length && <a href={to('/runs', { rule: id })}>all of them</a>}
        </Section>
      )}
      {rule.data !== undefined && <Thresholds rule={rule.data} />}
    </>
  );
}

function Thresholds({ rule }: { rule: Rule }) {
  const rows = Object.entries(rule.thresholds);
  if (rows.length === 0) return null;
  return (
    <details className="thresholds">
      <summary>Thresholds and where they come from</summary>
      <Wide label="thresholds">
        <table>
          <thead>
            <tr>
              <th>What</th>
              <th className="num">Value</th>
              <th>Where it comes from</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, { value, unit, origin, description }]) => (
              <tr key={name}>
                <td>{description}</td>
                <td className="num">
                  {value} {unit}
                </td>
                <td className="dim">{origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}
