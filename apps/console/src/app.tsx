import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { LiveProvider, useIsLost, useLive } from './api/live.js';
import { currentToken, keepToken } from './api/session.js';
import { Agents } from './parts/agents.js';
import { Alerts } from './parts/alerts.js';
import { ConnectionBanner } from './parts/connection-banner.js';
import { Events } from './parts/events.js';
import { Header } from './parts/header.js';
import { Headline } from './parts/headline.js';
import { Incidents } from './parts/incidents.js';
import { Routes } from './parts/routes.js';
import { Scores } from './parts/scores.js';
import { Subsystems } from './parts/subsystems.js';
import { Todo } from './parts/todo.js';
import { TokenForm } from './parts/token-form.js';

/** The console: the page, or the question for a token. */
export function App() {
  const [session, setSession] = useState(0);
  return (
    <LiveProvider session={session}>
      <Gate onToken={() => setSession((count) => count + 1)} />
    </LiveProvider>
  );
}

function Gate({ onToken }: { onToken: () => void }) {
  const client = useQueryClient();
  const { connection } = useLive();
  if (connection.state !== 'unauthorized') return <Page />;
  return (
    <TokenForm
      hadToken={currentToken() !== ''}
      onToken={(token) => {
        keepToken(token);
        client.clear();
        onToken();
      }}
    />
  );
}

/**
 * Two columns; on a narrow page one, in the order of urgency: the wrappers dissolve and `order` decides.
 */
function Page() {
  const isStale = useIsLost();
  return (
    <div className="mx-auto max-w-[1600px] px-3 pb-16 sm:px-4">
      <Header />
      <main>
        <Headline />
        <div className={`transition-opacity duration-300 ${isStale ? 'opacity-60' : ''}`}>
          <Scores />
          <div className="mt-3 grid items-start gap-3 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
            <Column>
              <Agents />
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
              <div className="min-w-0 max-xl:order-2">
                <Events />
              </div>
            </Column>
          </div>
        </div>
      </main>
      <ConnectionBanner />
    </div>
  );
}

function Column({ children }: { children: ReactNode }) {
  return <div className="grid min-w-0 gap-3 max-xl:contents">{children}</div>;
}
