import type { HealthEngine } from '../boundary.js';

/** Does any subsystem belong to the domain? */
export function hasDomain(engine: Pick<HealthEngine, 'names' | 'read'>, domain: string): boolean {
  return engine.names().some((name) => engine.read(name)?.domain === domain);
}
