import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { PageName } from './address/address.js';
import { useAddress } from './address/use-address.js';
import { LiveProvider, useIsLost, useLive } from './api/live.js';
import { currentToken, keepToken } from './api/session.js';
import { OverviewPage } from './pages/overview.js';
import { ConnectionBanner } from './parts/connection-banner.js';
import { FreezeBanner } from './parts/freeze-banner.js';
import { Header } from './parts/header.js';
import { Headline } from './parts/headline.js';
import { PAGE_LABELS } from './parts/navigation.js';
import { TokenForm } from './parts/token-form.js';
import { PageBoundary } from './ui/page-boundary.js';
import { Refusals } from './ui/refusals.js';

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

const HealthPage = lazy(() => import('./pages/health/health-page.js'));
const AlertsPage = lazy(() => import('./pages/alerts/alerts-page.js'));
const TrendsPage = lazy(() => import('./pages/trends/trends-page.js'));
const LogsPage = lazy(() => import('./pages/logs/logs-page.js'));

/** A page is fetched when it is first gone to; the overview is there at once. */
const PAGE: Readonly<Record<PageName, ComponentType>> = {
  overview: OverviewPage,
  health: HealthPage,
  alerts: AlertsPage,
  trends: TrendsPage,
  logs: LogsPage,
};

function Page() {
  const isStale = useIsLost();
  const { page } = useAddress();
  const Content = PAGE[page];
  const { label } = PAGE_LABELS[page];
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  // Who follows a link by keyboard goes on from the page's beginning; who has just opened the console, from the top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is what it is about
  useEffect(() => {
    document.title = `${label} · DreamNet OS`;
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [page]);
  return (
    <div className="mx-auto max-w-[1600px] px-3 pb-16 sm:px-4">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only z-40 rounded bg-accent px-3 py-1.5 font-medium text-ground focus:not-sr-only focus:absolute focus:top-1 focus:left-1"
      >
        Skip to the content
      </button>
      <Header />
      <main ref={main} tabIndex={-1} className="outline-none">
        <h1 className="sr-only">{label}</h1>
        <Headline />
        <FreezeBanner />
        <div className={`transition-opacity duration-300 ${isStale ? 'opacity-60' : ''}`}>
          <PageBoundary key={page}>
            <Suspense fallback={<p className="py-10 text-center text-soft">Loading the page.</p>}>
              <Content />
            </Suspense>
          </PageBoundary>
        </div>
      </main>
      <ConnectionBanner />
      <Refusals />
    </div>
  );
}
