import type { RouteDecision } from '@dreamnet/contracts';
import { useRoutes } from '../api/queries.js';
import { useNow } from '../ui/now.js';
import { Paged } from '../ui/paged.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { durationText } from '../ui/time-text.js';
import { Badge } from '../ui/tone.js';

const PAGE_SIZE = 50;

/** Who serves which capability right now, and why that one. */
export function Routes() {
  const query = useRoutes();
  return (
    <Panel title="Routes" note={query.data && `${query.data.routes.length} capabilities`}>
      <Loaded query={query} lines={4}>
        {({ routes }) =>
          routes.length === 0 ? (
            <Nothing>No capability is announced.</Nothing>
          ) : (
            <Paged items={[...routes].sort(byCapability)} size={PAGE_SIZE}>
              {(shown) => (
                <ul>
                  {shown.map((route) => (
                    <Route key={route.capability} route={route} />
                  ))}
                </ul>
              )}
            </Paged>
          )
        }
      </Loaded>
    </Panel>
  );
}

function byCapability(a: RouteDecision, b: RouteDecision): number {
  return a.capability < b.capability ? -1 : 1;
}

function Route({ route }: { route: RouteDecision }) {
  const now = useNow();
  const others = route.candidates.filter(({ provider }) => provider !== route.chosen?.provider);
  return (
    <li className="border-b border-line px-3 py-1.5 last:border-0">
      <p className="flex flex-wrap items-center gap-x-2">
        <span className="font-mono text-xs">{route.capability}</span>
        <span aria-hidden className="text-faint">
          →
        </span>
        {route.chosen ? (
          <>
            <span className="font-medium">{route.chosen.provider}</span>
            {route.chosen.health === 'degraded' && <Badge tone="warn">degraded</Badge>}
          </>
        ) : (
          <Badge tone="bad">nobody</Badge>
        )}
        <span className="ml-auto text-xs text-faint">{route.decidedBy}</span>
      </p>
      {others.length > 0 && (
        <p className="text-xs text-faint">then {others.map(({ provider }) => provider).join(', ')}</p>
      )}
      {route.withdrawn.map(({ provider, because, since }) => (
        <p key={provider} className="text-xs text-soft">
          {provider} has not served for {durationText(Math.max(0, now - since))}: {because}
        </p>
      ))}
    </li>
  );
}
