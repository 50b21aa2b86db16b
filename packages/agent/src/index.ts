export { createAgent } from './agent.js';
export type {
  Agent,
  AgentLog,
  AgentOptions,
  AgentStatus,
  CallContext,
  CallHandler,
  LogFields,
  ReportCounts,
  Reservation,
  SpendingAmounts,
  SpendingEstimate,
  ToolCall,
  WriteLog,
} from './agent-types.js';
export { SpendingRefused } from './spending-refused.js';
