import type {
  Alert,
  Domain,
  EventType,
  HealthExplanation,
  HealthHistoryEntry,
  Incident,
  IntegrationGap,
  PsEntry,
  RecoveryAction,
  RouteDecision,
  StatusView,
  SubsystemView,
} from '@dreamnet/contracts';
import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './http.js';

/** What the daemon can be asked, with how often it is asked even when no event says that something changed. */
const RESOURCES = {
  status: { path: 'api/status', everyMs: 5_000 },
  agents: { path: 'api/ps', everyMs: 5_000 },
  subsystems: { path: 'api/subsystems', everyMs: 5_000 },
  openAlerts: { path: 'api/alerts?state=open', everyMs: 15_000 },
  recentAlerts: { path: 'api/alerts?state=recent', everyMs: 15_000 },
  incidents: { path: 'api/incidents', everyMs: 15_000 },
  gaps: { path: 'api/gaps', everyMs: 15_000 },
  actions: { path: 'api/recovery-actions', everyMs: 15_000 },
  routes: { path: 'api/routes', everyMs: 15_000 },
  history: { path: 'api/health/history', everyMs: 30_000 },
} as const;

export type Resource = keyof typeof RESOURCES;

/** The first word of an event's type → what to ask again. */
const AFFECTED: Readonly<Record<string, readonly Resource[]>> = {
  process: ['agents', 'subsystems', 'status'],
  agent: ['agents', 'subsystems', 'status'],
  health: ['agents', 'subsystems', 'status', 'history'],
  alert: ['openAlerts', 'recentAlerts', 'status', 'subsystems'],
  gap: ['gaps', 'status'],
  binding: ['gaps', 'agents'],
  remedy: ['actions', 'incidents'],
  incident: ['incidents', 'status'],
  route: ['routes'],
  call: [],
  audit: [],
  notification: [],
};

/** What an event makes stale; an event of a kind not known here makes everything stale. */
export function affectedBy(type: EventType): readonly Resource[] {
  return AFFECTED[type.split('.')[0] ?? ''] ?? (Object.keys(RESOURCES) as Resource[]);
}

function useResource<T>(resource: Resource): UseQueryResult<T> {
  const { path, everyMs } = RESOURCES[resource];
  return useQuery({ queryKey: [resource], queryFn: () => request<T>(path), refetchInterval: everyMs });
}

export const useStatus = () => useResource<StatusView>('status');
export const useAgents = () => useResource<{ agents: PsEntry[] }>('agents');
export const useSubsystems = () => useResource<{ subsystems: SubsystemView[] }>('subsystems');
export const useAlerts = (state: 'open' | 'recent') =>
  useResource<{ alerts: Alert[] }>(state === 'open' ? 'openAlerts' : 'recentAlerts');
export const useIncidents = () => useResource<{ incidents: Incident[] }>('incidents');
export const useGaps = () => useResource<{ gaps: IntegrationGap[] }>('gaps');
export const useActions = () => useResource<{ actions: RecoveryAction[] }>('actions');
export const useRoutes = () => useResource<{ routes: RouteDecision[] }>('routes');
export const useHistory = () => useResource<{ history: HealthHistoryEntry[] }>('history');

/** The terms of one domain's score; asked for only while they are shown. */
export function useExplanation(domain: Domain, isShown: boolean): UseQueryResult<HealthExplanation> {
  return useQuery({
    queryKey: ['explanation', domain],
    queryFn: () => request<HealthExplanation>(`api/health/explain/${domain}`),
    enabled: isShown,
    refetchInterval: 5_000,
  });
}

/** A request that changes something. Afterwards everything is asked again: a change shows at once, wherever it shows. */
export function useCommand(path: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<unknown>(path, 'POST'),
    onSettled: () => client.invalidateQueries(),
  });
}
