import type { ReactionOutcome } from '../daemon/secret-desk.js';
import type { CommandContext, CommonOptions } from './context.js';
import type { Terminal } from './terminal.js';

/** Where an answer goes. */
export interface Output {
  context: CommandContext;
  options: CommonOptions;
}

/** Actions that are called otherwise to a person. */
const WORDS: Partial<Record<ReactionOutcome['action'], string>> = {
  none: 'nothing done',
  roll: 'rolling restart',
};

/** What was done to each agent, a line each. */
export function showOutcomes(terminal: Terminal, outcomes: readonly ReactionOutcome[]): string[] {
  return outcomes.map(({ agent, action, ok, because }) => {
    const words = WORDS[action] ?? action;
    return `  ${agent}: ${ok ? words : terminal.colors.red(`${words} failed`)}: ${because}`;
  });
}
