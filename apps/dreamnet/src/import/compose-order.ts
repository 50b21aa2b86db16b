import type { ImportedAgent } from './imported.js';
import { mapOf, wordsOf } from './values.js';

/** What is waited for here, too: that it is ready, or runs when nothing can be asked of it. */
const AS_HERE: ReadonlySet<unknown> = new Set([undefined, 'service_started', 'service_healthy']);

/** Takes `depends_on` over; conditions that a fleet file has no words for are named in comments. */
export function takeOrder(agent: ImportedAgent, dependsOn: unknown): void {
  if (Array.isArray(dependsOn)) {
    agent.dependsOn = wordsOf(dependsOn);
    return;
  }
  for (const [name, given] of Object.entries(mapOf(dependsOn))) {
    const { condition, required, restart } = mapOf(given);
    const lost = (what: string) => agent.notes.push(`not carried over: depends_on.${name}${what}`);
    agent.dependsOn.push(name);
    if (condition === 'service_completed_successfully')
      lost(
        `: ${condition}; it is started when ${name} runs, and must wait itself until ${name} has ended well`,
      );
    else if (!AS_HERE.has(condition)) lost(`: ${condition}; it is started when ${name} is ready`);
    if (required === false) lost(`.required; ${name} is waited for when it is here`);
    if (restart === true) lost(`.restart; it goes on when ${name} is restarted`);
  }
}
