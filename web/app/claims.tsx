// Forecasts and what proofs then measured: the range that was promised, and the measured value on it.

import { Wide } from '../src/parts.tsx';
import type { Calibration } from './api.ts';
import { useTitles } from './parts.tsx';
import { modelPath } from './router.ts';
import { changeText, intervalText, when } from './words.ts';

type Claim = Calibration['claims'][number];

/** Both are B ÷ A: 0.6 is 40 % less. The scale goes from nothing left to a half more. */
const SCALE = 1.5;
const at = (ratio: number): string => `${Math.min(100, Math.max(0, (ratio / SCALE) * 100))}%`;

const inside = ({ predicted, measured }: Claim): boolean => measured >= predicted.low && measured <= predicted.high;

export function Claims({ claims, models = false }: { claims: readonly Claim[]; models?: boolean }) {
  const titles = useTitles();
  return (
    <Wide label="forecasts and measurements">
      <table className="list">
        <thead>
          <tr>
            <th>Proof began (UTC)</th>
            {models && <th>Model</th>}
            <th>Forecast of</th>
            <th className="num">Forecast</th>
            <th className="strip-cell">Range promised, value measured</th>
            <th className="num">Measured</th>
            <th>Held</th>
          </tr>
        </thead>
        <tbody>
          {claims.toReversed().map((claim) => (
            <tr key={claim.proofId}>
              <td className="date">
                <a href={`/proofs/${encodeURIComponent(claim.proofId)}`}>{when(claim.startedMs)}</a>
              </td>
              {models && (
                <td className="name">
                  <a href={modelPath(claim.model)}>{claim.model}</a>
                </td>
              )}
              <td>
                {claim.kind === 'joint' ? 'all causes' : claim.kind === 'given' ? 'a person' : (titles.get(claim.kind ?? '') ?? claim.kind)}
              </td>
              <td className="num">{changeText(claim.predicted.likely)}</td>
              <td className="strip-cell">
                <span
                  className="strip"
                  role="img"
                  aria-label={`promised ${intervalText(claim.predicted)}, measured ${changeText(claim.measured)}`}
                >
                  <span className="one" style={{ left: at(1) }} />
                  <span
                    className="band"
                    style={{ left: at(claim.predicted.low), width: `calc(${at(claim.predicted.high)} - ${at(claim.predicted.low)})` }}
                  />
                  <span className={inside(claim) ? 'tick in' : 'tick out'} style={{ left: at(claim.measured) }} />
                </span>
              </td>
              <td className="num">{changeText(claim.measured)}</td>
              <td>{inside(claim) ? <span className="good">inside</span> : <span className="hot">outside</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
