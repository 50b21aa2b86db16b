import type { ImportedAgent } from './imported.js';
import { leftOut, mapOf } from './values.js';

/** Of `restart`, and of the condition under `deploy`, which counts where there is no other. */
const POLICIES: ReadonlyMap<string, string> = new Map([
  ['', 'temporary'],
  ['no', 'temporary'],
  ['false', 'temporary'],
  ['none', 'temporary'],
  ['always', 'permanent'],
  ['any', 'permanent'],
  ['unless-stopped', 'permanent'],
  ['on-failure', 'transient'],
]);

/**
 * Takes over when a service is started again. What says nothing of it runs once, unlike an agent of a fleet file that says
 * nothing.
 *
 * @param service With its variables filled in.
 * @source compose-spec 05-services.md `restart`, deploy.md `restart_policy`
 */
export function takeRestart(agent: ImportedAgent, service: Record<string, unknown>): void {
  const deploy = mapOf(service.deploy).restart_policy;
  const { condition = 'any', ...rest } = mapOf(deploy);
  const isOwn = String(service.restart ?? '') !== '';
  const given = isOwn ? service.restart : deploy === undefined ? '' : condition;
  const [restart = '', times] = String(given ?? '').split(':');
  const policy = POLICIES.get(restart);
  agent.settings.restart = { policy: policy ?? 'temporary' };
  if (policy === undefined) agent.notes.push(`not carried over: restart ${restart}; it is run once`);
  if (times !== undefined)
    agent.notes.push(`restart: at most ${times} times there; here intensity within a period`);
  const left = leftOut(isOwn ? mapOf(deploy) : rest, []);
  agent.notes.push(...left.map((note) => note.replace(/(?<=[:,] )/g, 'deploy.restart_policy.')));
}
