import type {
  AlertView,
  BudgetView,
  Domain,
  EventType,
  FreezeView,
  GroupView,
  HealthExplanation,
  HealthHistoryEntry,
  Incident,
  IntegrationGap,
  MetricAnomaly,
  PsEntry,
  ReceiverView,
  RecoveryAction,
  RouteDecision,
  RuleView,
  ScaleView,
  ScoreReason,
  SeriesListing,
  SilenceView,
  StatusView,
  SubsystemView,
  Trend,
} from '@dreamnet/contracts';
import {
  keepPreviousData,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type RequestOptions, request } from './http.js';
import { createPace } from './pace.js';

/** What the daemon can be asked, with how often it is asked even when no event says that something changed. */
const RESOURCES = {
  status: { path: 'api/status', everyMs: 5_000 },
  agents: { path: 'api/ps', everyMs: 5_000 },
  subsystems: { path: 'api/subsystems', everyMs: 5_000 },
  alerts: { path: 'api/alerts', everyMs: 15_000 },
  silences: { path: 'api/silences', everyMs: 15_000 },
  receivers: { path: 'api/receivers', everyMs: 15_000 },
  rules: { path: 'api/rules', everyMs: 30_000 },
  incidents: { path: 'api/incidents?limit=50', everyMs: 15_000 },
  gaps: { path: 'api/gaps', everyMs: 15_000 },
  actions: { path: 'api/recovery-actions', everyMs: 15_000 },
  routes: { path: 'api/routes', everyMs: 15_000 },
  budgets: { path: 'api/budgets', everyMs: 5_000 },
  groups: { path: 'api/groups', everyMs: 5_000 },
  history: { path: 'api/health/history', everyMs: 30_000 },
  series: { path: 'api/series?limit=10000', everyMs: 30_000 },
  trends: { path: 'api/trends', everyMs: 30_000 },
  anomalies: { path: 'api/anomalies', everyMs: 10_000 },
} as const;

/** The newest anomaly score of each metric, the highest first, and how many metrics are watched. */
export interface UnusualAnswer {
  anomalies: MetricAnomaly[];
  figures: { series: number; learning: number; refused: number };
}

export type Resource = keyof typeof RESOURCES;

/** The first word of an event's type → what to ask again. */
const AFFECTED: Readonly<Record<string, readonly Resource[]>> = {
  process: ['agents', 'groups', 'subsystems', 'status'],
  group: ['groups', 'agents'],
  start: ['agents'],
  agent: ['agents', 'subsystems', 'status'],
  health: ['agents', 'subsystems', 'status', 'history'],
  alert: ['alerts', 'status', 'subsystems', 'rules', 'incidents'],
  silence: ['silences', 'alerts'],
  gap: ['gaps', 'status'],
  binding: ['gaps', 'agents'],
  remedy: ['actions', 'incidents'],
  incident: ['incidents', 'status'],
  route: ['routes'],
  scale: ['agents', 'groups'],
  rolling: ['agents'],
  budget: ['budgets'],
  spending: ['budgets', 'status'],
  call: [],
  audit: [],
  notification: ['receivers'],
};

/** How fast the daemon answers what; large answers are asked for less often. */
export const pace = createPace(() => performance.now());

/** What an event makes stale; an event of a kind not known here makes everything stale. */
export function affectedBy(type: EventType): readonly Resource[] {
  return AFFECTED[type.split('.')[0] ?? ''] ?? (Object.keys(RESOURCES) as Resource[]);
}

function useResource<T>(resource: Resource): UseQueryResult<T> {
  const { path, everyMs } = RESOURCES[resource];
  return useQuery({
    queryKey: [resource],
    queryFn: () => pace.time(resource, () => request<T>(path)),
    refetchInterval: () => pace.intervalMs(resource, everyMs),
  });
}

export const useStatus = () => useResource<StatusView>('status');
export const useAgents = () => useResource<{ agents: PsEntry[] }>('agents');
export const useSubsystems = () => useResource<{ subsystems: SubsystemView[] }>('subsystems');
export const useSilences = () => useResource<{ silences: SilenceView[] }>('silences');
export const useReceivers = () => useResource<{ receivers: ReceiverView[] }>('receivers');
export const useRules = () => useResource<{ rules: RuleView[] }>('rules');
export const useIncidents = () => useResource<{ incidents: Incident[] }>('incidents');
export const useGaps = () => useResource<{ gaps: IntegrationGap[] }>('gaps');
export const useActions = () => useResource<{ actions: RecoveryAction[] }>('actions');
export const useRoutes = () => useResource<{ routes: RouteDecision[] }>('routes');
export const useBudgets = () => useResource<{ budgets: BudgetView[]; frozen: FreezeView[] }>('budgets');
export const useGroups = () => useResource<{ groups: GroupView[] }>('groups');
export const useHistory = () => useResource<{ history: HealthHistoryEntry[] }>('history');
export const useTrends = () => useResource<{ trends: Trend[] }>('trends');
export const useUnusual = () => useResource<UnusualAnswer>('anomalies');
export const useSeriesList = () => useResource<{ series: SeriesListing[] }>('series');

/** Which alerts to ask for; an empty text is any. */
export interface AlertsAsked {
  state: 'open' | 'recent' | 'resolved' | 'closed';
  severity?: string;
  subsystem?: string;
  /** Conditions on labels, as the daemon reads them. */
  match?: string;
  order?: 'newest' | 'worst';
  limit: number;
}

/** The first of the alerts asked for, and how many there are in all. What was asked before stays until there is an answer. */
export function useAlerts(asked: AlertsAsked): UseQueryResult<{ alerts: AlertView[]; total: number }> {
  const wanted = Object.entries(asked).filter(([, value]) => value !== '');
  const query = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  const what = asked.limit > 100 ? 'alerts' : 'few alerts';
  return useQuery({
    queryKey: ['alerts', query],
    queryFn: () => pace.time(what, () => request(`${RESOURCES.alerts.path}?${query}`)),
    placeholderData: keepPreviousData,
    refetchInterval: () => pace.intervalMs(what, RESOURCES.alerts.everyMs),
  });
}

/** One alert, in whatever state it is; asked for while it is chosen. @param id Empty: none is. */
export function useAlert(id: string): UseQueryResult<AlertView> {
  return useQuery({
    queryKey: ['alerts', 'one', id],
    queryFn: () => pace.time('alert', () => request<AlertView>(`api/alerts/${encodeURIComponent(id)}`)),
    enabled: id !== '',
    refetchInterval: () => pace.intervalMs('alert', RESOURCES.alerts.everyMs),
  });
}

/** How many processes an agent has, and why; asked for while it is shown. */
export function useScale(agent: string): UseQueryResult<ScaleView> {
  return useQuery({
    queryKey: ['agents', 'scale', agent],
    queryFn: () => pace.time('scale', () => request(`api/agents/${encodeURIComponent(agent)}/scale`)),
    refetchInterval: () => pace.intervalMs('scale', 2_000),
  });
}

/** The series of one subject. */
export function useSeriesOf(subject: string): UseQueryResult<{ series: SeriesListing[] }> {
  const what = `series of ${subject}`;
  return useQuery({
    queryKey: ['series', subject],
    queryFn: () => pace.time(what, () => request(`api/series?${new URLSearchParams({ subject })}`)),
    refetchInterval: () => pace.intervalMs(what, RESOURCES.series.everyMs),
  });
}

/** The terms of one domain's score; asked for only while they are shown. */
export function useExplanation(domain: Domain, isShown: boolean): UseQueryResult<HealthExplanation> {
  return useQuery({
    queryKey: ['explanation', domain],
    queryFn: () => pace.time('explanation', () => request<HealthExplanation>(`api/health/explain/${domain}`)),
    enabled: isShown,
    refetchInterval: () => pace.intervalMs('explanation', 5_000),
  });
}

/** When a domain's score changed within the last stretch, and what pulled it down most then; newest last. */
export function useScoreReasons(domain: Domain, spanMs: number): UseQueryResult<{ reasons: ScoreReason[] }> {
  return useQuery({
    queryKey: ['reasons', domain, spanMs],
    queryFn: () =>
      pace.time('reasons', () =>
        request(`api/health/reasons/${domain}?since=${Math.round(spanMs / 1_000)}s`),
      ),
    refetchInterval: () => pace.intervalMs('reasons', 15_000),
  });
}

interface CommandOptions {
  /** Left out: POST. */
  method?: 'POST' | 'DELETE';
  /** Told also when what asked is not shown any more. */
  onError?: (error: Error) => void;
}

/** A request that changes something. Afterwards everything is asked again: a change shows at once, wherever it shows. */
export function useCommand(path: string, { method = 'POST', onError }: CommandOptions = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body?: RequestOptions['body']) => request<unknown>(path, { method, body }),
    ...(onError && { onError }),
    onSettled: () => client.invalidateQueries(),
  });
}
