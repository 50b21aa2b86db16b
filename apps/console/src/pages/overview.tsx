import type { ReactNode } from 'react';
import { Agents } from '../parts/agents.js';
import { Alerts } from '../parts/alerts.js';
import { Budgets } from '../parts/budgets.js';
import { Events } from '../parts/events.js';
import { Groups } from '../parts/groups.js';
import { Incidents } from '../parts/incidents.js';
import { Routes } from '../parts/routes.js';
import { Scores } from '../parts/scores.js';
import { Subsystems } from '../parts/subsystems.js';
import { Todo } from '../parts/todo.js';

/**
 * Everything at a glance. Two columns; on a narrow page one, in the order of urgency: the wrappers dissolve and `order`
 * decides.
 */
export function OverviewPage() {
  return (
    <>
      <Scores />
      <div className="mt-3 grid items-start gap-3 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Column>
          <Agents />
          <Groups />
          <Todo />
          <div className="grid min-w-0 gap-3 max-xl:order-1">
            <Subsystems />
            <Routes />
          </div>
        </Column>
        <Column>
          <div className="min-w-0 max-xl:-order-1">
            <Alerts />
          </div>
          <Incidents />
          <Budgets />
          <div className="min-w-0 max-xl:order-2">
            <Events />
          </div>
        </Column>
      </div>
    </>
  );
}

function Column({ children }: { children: ReactNode }) {
  return <div className="grid min-w-0 gap-3 max-xl:contents">{children}</div>;
}
