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
  ToolCall,
  WriteLog,
} from './agent-types.js';
