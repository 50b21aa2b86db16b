import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { freePort } from '../daemon/free-port.js';
import { PROGRAM_ROOT } from '../keep/program-root.js';

const EXAMPLE_FLEET = join(PROGRAM_ROOT, '..', '..', 'examples', 'fleet');
const COPIED = ['agents', 'services', 'dreams', 'shared-files', 'dreamnet.yaml'];
/** Few tries and a short pause, so that the whole story fits into a demo. */
const CRASH_LOOP_POLICY = {
  intensity: 3,
  period: '30s',
  backoff: { initial: '100ms', max: '1s' },
  retryAfter: '5s',
};
const READINESS = { readiness: { every: '1s', timeout: '1s', fall: 2 } };

/** The demo's fleet on disk. */
export interface FleetFolder {
  readonly configFile: string;
  readonly stateDir: string;
  /** While its file exists, a service accepts connections and never answers. */
  readonly wedgeFiles: Readonly<Record<'ledger' | 'mailroom', string>>;
  /** What `indexer` reads at its start. */
  readonly indexFile: string;
}

/**
 * Copies the example fleet into `folder`, on free ports, and adds three agents that can be made to fail from
 * outside: one that can go mute, one that can be made to crash at its start, one whose secret is missing.
 */
export async function prepareFleetFolder(folder: string): Promise<FleetFolder> {
  for (const name of COPIED) cpSync(join(EXAMPLE_FLEET, name), join(folder, name), { recursive: true });
  symlinkSync(findModules(EXAMPLE_FLEET), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'demo'));
  const paths: FleetFolder = {
    configFile: join(folder, 'dreamnet.yaml'),
    stateDir: join(folder, 'state'),
    wedgeFiles: {
      ledger: join(folder, 'demo', 'wedge-ledger'),
      mailroom: join(folder, 'demo', 'wedge-mailroom'),
    },
    indexFile: join(folder, 'demo', 'index.json'),
  };
  writeFileSync(paths.indexFile, '{"first": 1}\n');
  writeFileSync(paths.configFile, await adaptConfig(readFileSync(paths.configFile, 'utf8'), paths));
  return paths;
}

/** The installed packages: beside the example in a checkout of its own, above it in the workspace. */
function findModules(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(join(modules, '@a2a-js', 'sdk'))) return modules;
  }
  return join(from, 'node_modules');
}

async function adaptConfig(text: string, paths: FleetFolder): Promise<string> {
  const document = parseDocument(text);
  const [ledger, coder, mailroom, indexer, mailer] = await freePorts(5);
  document.setIn(['agents', 'coder', 'command', 3], String(coder));
  document.setIn(['agents', 'coder', 'endpoint'], `http://127.0.0.1:${coder}`);
  document.setIn(['agents', 'ledger', 'command', 3], String(ledger));
  document.setIn(['agents', 'ledger', 'endpoint'], `http://127.0.0.1:${ledger}`);
  document.setIn(['agents', 'feed', 'env', 'LEDGER_PORT'], String(ledger));
  // Asked twice as often as in the example, so that nobody waits long in front of a demo.
  for (const name of ['researcher', 'coder', 'ledger'])
    document.setIn(['agents', name, 'health'], document.createNode(READINESS));
  // Shorter than the long computation of the fourth fault, so that every timeout there is passes meanwhile.
  document.setIn(['agents', 'researcher', 'health', 'progress', 'stallAfter'], '4s');
  // It can be wedged: found by what it does not answer, late enough for its dependent to suffer first.
  document.setIn(['agents', 'ledger', 'env'], document.createNode({ WEDGE_FILE: paths.wedgeFiles.ledger }));
  const wedge = join(PROGRAM_ROOT, 'demo-programs', 'wedge.mjs');
  const { agents } = document.toJS() as { agents: { ledger: { command: string[] } } };
  const [node, ...service] = agents.ledger.command;
  document.setIn(['agents', 'ledger', 'command'], document.createNode([node, '--import', wedge, ...service]));
  const mayFail: FailingService[] = [
    { name: 'mailroom', port: mailroom, env: { WEDGE_FILE: paths.wedgeFiles.mailroom } },
    {
      name: 'indexer',
      port: indexer,
      env: { INDEX_FILE: paths.indexFile },
      more: { restart: CRASH_LOOP_POLICY },
    },
    {
      name: 'mailer',
      port: mailer,
      env: {},
      more: { bindings: [{ type: 'secrets', config: { MAIL_TOKEN: { from: 'vault', key: 'mail-token' } } }] },
    },
  ];
  for (const service of mayFail)
    document.setIn(['agents', service.name], document.createNode(toAgent(service)));
  return String(document);
}

interface FailingService {
  name: string;
  port: number | undefined;
  env: Record<string, string>;
  more?: object;
}

function toAgent({ name, port, env, more }: FailingService): object {
  return {
    runtime: 'node',
    command: ['node', join(PROGRAM_ROOT, 'demo-programs', `${name}.mjs`)],
    protocol: 'http',
    endpoint: `http://127.0.0.1:${port}`,
    env: { PORT: String(port), ...env },
    health: READINESS,
    ...more,
  };
}

/** Ports that are free now, each another one. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort(ports));
  return [...ports];
}
