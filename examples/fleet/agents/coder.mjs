// coder: an A2A agent over HTTP with one skill, `code.generation`. Given the name and fields of a type it writes a
// TypeScript interface and a validator for it; the same input always gives the same code.
import { A2A_PROTOCOL_VERSION, AGENT_CARD_PATH, Role, TaskState } from '@a2a-js/sdk';
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from '@a2a-js/sdk/server';
import { agentCardHandler, jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';
import express from 'express';
import { createLog, portFrom, serve } from '../services/service.mjs';
import { generate, InvalidTypeError } from './code-generator.mjs';

const log = createLog('coder');
const port = portFrom(process.argv, process.env.CODER_PORT, 7802);

const card = {
  name: 'coder',
  description: 'Writes TypeScript interfaces and validators.',
  supportedInterfaces: [
    {
      url: `http://127.0.0.1:${port}/a2a`,
      protocolBinding: 'JSONRPC',
      tenant: '',
      protocolVersion: A2A_PROTOCOL_VERSION,
    },
  ],
  provider: { organization: 'DreamNet OS examples', url: `http://127.0.0.1:${port}/` },
  version: '1.0.0',
  capabilities: { streaming: true, pushNotifications: false, extensions: [], extendedAgentCard: false },
  securitySchemes: {},
  securityRequirements: [],
  defaultInputModes: ['application/json', 'text/plain'],
  defaultOutputModes: ['application/json', 'text/plain'],
  skills: [
    {
      id: 'code.generation',
      name: 'TypeScript type and validator',
      description:
        'From {"name", "fields": {field: type}} to an interface and a type guard. A "?" ends an optional type.',
      tags: ['code', 'typescript'],
      examples: ['{"name":"Dream","fields":{"id":"string","tags":"string[]","score":"number?"}}'],
      inputModes: ['application/json', 'text/plain'],
      outputModes: ['application/json', 'text/plain'],
      securityRequirements: [],
    },
  ],
  signatures: [],
};

/** The asked-for type, from a data part or from a text part that holds JSON. */
function requestOf(message) {
  for (const part of message.parts) {
    if (part.content?.$case === 'data') return part.content.value;
    if (part.content?.$case === 'text') return parseJson(part.content.value);
  }
  throw new InvalidTypeError('the message has no data part and no text part');
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidTypeError('the text is not JSON; send {"name": "...", "fields": {...}}');
  }
}

const part = (content, mediaType) => ({ content, metadata: undefined, filename: '', mediaType });

/** Runs one request: submitted → artifact → completed, or failed with the reason. */
class CoderExecutor {
  async execute(context, bus) {
    const ids = { taskId: context.taskId, contextId: context.contextId };
    const status = (state, message) => ({ state, message, timestamp: new Date().toISOString() });
    bus.publish(
      AgentEvent.task({
        id: ids.taskId,
        contextId: ids.contextId,
        status: status(TaskState.TASK_STATE_SUBMITTED),
        artifacts: [],
        history: [context.userMessage],
        metadata: undefined,
      }),
    );
    try {
      bus.publish(
        AgentEvent.artifactUpdate({
          ...ids,
          artifact: this.#artifact(context),
          append: false,
          lastChunk: true,
          metadata: undefined,
        }),
      );
      bus.publish(
        AgentEvent.statusUpdate({
          ...ids,
          status: status(TaskState.TASK_STATE_COMPLETED),
          metadata: undefined,
        }),
      );
      log('generated', { task: ids.taskId });
    } catch (error) {
      if (!(error instanceof InvalidTypeError)) throw error;
      bus.publish(
        AgentEvent.statusUpdate({
          ...ids,
          status: status(TaskState.TASK_STATE_FAILED, this.#reply(ids, error.message)),
          metadata: undefined,
        }),
      );
      log('refused', { task: ids.taskId, because: error.message });
    }
  }

  /** A request is done before a cancellation of it can arrive. */
  async cancelTask(taskId) {
    log('cancelled-too-late', { task: taskId });
  }

  #artifact(context) {
    const { name, code } = generate(requestOf(context.userMessage));
    return {
      artifactId: `${context.taskId}-code`,
      name: `${name}.ts`,
      description: `TypeScript interface and validator for ${name}.`,
      parts: [
        part({ $case: 'data', value: { name, language: 'typescript', code } }, 'application/json'),
        part({ $case: 'text', value: code }, 'text/plain'),
      ],
      metadata: undefined,
      extensions: [],
    };
  }

  #reply(ids, text) {
    return {
      messageId: `${ids.taskId}-reply`,
      ...ids,
      role: Role.ROLE_AGENT,
      parts: [part({ $case: 'text', value: text }, 'text/plain')],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    };
  }
}

const handler = new DefaultRequestHandler(card, new InMemoryTaskStore(), new CoderExecutor());
const app = express();
app.use(`/${AGENT_CARD_PATH}`, agentCardHandler({ agentCardProvider: handler }));
app.use('/a2a', jsonRpcHandler({ requestHandler: handler, userBuilder: UserBuilder.noAuthentication }));
app.get('/healthz', (_request, response) => {
  response.json({
    status: 'ok',
    generates: generate({ name: 'Probe', fields: { id: 'string' } }).code.length > 0,
  });
});
serve(app, { port, log });
