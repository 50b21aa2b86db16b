import { useAddress } from '../../address/use-address.js';
import { useStatus } from '../../api/queries.js';
import { DOMAINS, type DomainRow } from '../../api/views.js';
import { RangeSwitch, useRange } from '../../chart/range-switch.js';
import { Explanation } from './explanation.js';
import { ScoreChanges } from './score-changes.js';
import { ScoreCharts } from './score-charts.js';
import { SubsystemList } from './subsystem-list.js';
import { SubsystemPage } from './subsystem-page.js';

/** The scores with their history, what pulls each down, and every subsystem; or one subsystem. */
export default function HealthPage() {
  const { rest } = useAddress();
  const [first, name] = rest;
  if (first === 'subsystem' && name !== undefined) return <SubsystemPage key={name} name={name} />;
  return <ScoresAndSubsystems wished={DOMAINS.find(({ domain }) => domain === first)} />;
}

function ScoresAndSubsystems({ wished }: { wished: DomainRow | undefined }) {
  const range = useRange();
  const worst = useWorstDomain();
  const chosen = wished ?? worst;
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex justify-end overflow-x-auto">
        <RangeSwitch />
      </div>
      <ScoreCharts chosen={chosen} range={range} />
      <div className="grid grid-cols-1 items-start gap-3 xl:grid-cols-2">
        <div className="grid grid-cols-1 gap-3">
          <Explanation row={chosen} />
          <ScoreChanges row={chosen} range={range} />
        </div>
        <SubsystemList />
      </div>
    </div>
  );
}

/** Who comes without a wish sees the score that needs a look. */
function useWorstDomain(): DomainRow {
  const status = useStatus().data;
  const [first, ...others] = DOMAINS;
  const scoreOf = ({ domain, score }: DomainRow) => {
    const known = status?.explanations.find((one) => one.domain === domain);
    return known && known.confidence > 0 ? (status?.snapshot.globalHealth[score] ?? 1) : 2;
  };
  return others.reduce((worst, row) => (scoreOf(row) < scoreOf(worst) ? row : worst), first);
}
