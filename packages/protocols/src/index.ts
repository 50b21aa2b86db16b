export type { A2aCard, A2aSkill } from './a2a/card.js';
export type { A2aInvokeOptions, A2aOptions, A2aResult, A2aSession } from './a2a/session.js';
export { connectA2a } from './a2a/session.js';
export type { A2aPart, A2aTaskState } from './a2a/wire.js';
export type { AcpHandshakeOptions } from './acp/initialize.js';
export { initializeAcp } from './acp/initialize.js';
export type { AgentcoreInvokeOptions, AgentcoreProbeOptions } from './agentcore/agentcore.js';
export { agentcoreProbe, invokeAgentcore } from './agentcore/agentcore.js';
export { isAnswer } from './answered.js';
export { PROTOCOLS_ERRORS } from './errors.js';
export type { HttpProbeOptions } from './http/http-probe.js';
export { httpProbe } from './http/http-probe.js';
export type { InvokeHttpOptions } from './http/invoke-http.js';
export { invokeHttp } from './http/invoke-http.js';
export type { PacedReading } from './http/paced-reading.js';
export { readPaced } from './http/paced-reading.js';
export type { TcpProbeOptions } from './http/tcp-probe.js';
export { tcpProbe } from './http/tcp-probe.js';
export type { McpEra, McpStats } from './mcp/channel.js';
export type { McpVerdict } from './mcp/era.js';
export type { McpCallOptions, McpEndpoint, McpOptions, McpSession } from './mcp/session.js';
export { connectMcp } from './mcp/session.js';
export type { McpTool, McpToolResult } from './mcp/tool-output.js';
export { toolFailure, toolOutput } from './mcp/tool-output.js';
export type {
  Exemplar,
  ExpositionLimits,
  MetricFamily,
  MetricPoint,
  MetricType,
  ParsedExposition,
} from './openmetrics/exposition.js';
export { parseOpenMetrics } from './openmetrics/openmetrics.js';
export type { PrometheusProbeOptions } from './openmetrics/prometheus-probe.js';
export { prometheusProbe } from './openmetrics/prometheus-probe.js';
export { parsePrometheusText } from './openmetrics/prometheus-text.js';
export { parseCondition, parseSelector } from './openmetrics/selector.js';
