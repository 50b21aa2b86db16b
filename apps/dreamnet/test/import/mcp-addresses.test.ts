import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

test('MCP: an address takes the default of its variable; one that needs a variable is left out by name', () => {
  const { fleet, text } = roundTrip({
    '.mcp.json': JSON.stringify({
      mcpServers: {
        with: { url: `\${BASE_URL:-https://x.example}/mcp` },
        without: { url: `\${BASE_URL}/mcp` },
        secret: { url: `https://x.example/mcp?key=\${API_KEY:-hunter2}` },
        broken: { url: 'https://' },
      },
    }),
  });
  expect(fleet.subsystems.with?.probe).toMatchObject({ mcp: { url: 'https://x.example/mcp' } });
  expect(text).toContain(
    '# its address has its default here: BASE_URL in the environment of the daemon is not asked',
  );
  expect(text).toContain("# 'without' is left out: its address needs BASE_URL, which a probe is not told\n");
  expect(text).toContain("# 'secret' is left out: its address needs API_KEY, which a probe is not told\n");
  expect(Object.keys(fleet.subsystems)).toEqual(['with']);
  expect(text).not.toContain('hunter2');
});

test('MCP: the servers of projects are imported beside those of all projects, each in its folder', () => {
  const { fleet, text } = roundTrip({
    '.claude.json': JSON.stringify({
      numStartups: 7,
      mcpServers: { a: { command: 'sh' } },
      projects: {
        '/usr': { mcpServers: { a: { command: 'sh', args: ['x'] }, far: { url: 'https://x.example/mcp' } } },
        '/bin': { mcpServers: {}, disabledMcpServers: [] },
        '/lib': { mcpServers: { off: { command: 'sh' } }, disabledMcpServers: ['off'] },
      },
    }),
  });
  expect(fleet.agents.a).toMatchObject({ command: ['sh'] });
  expect(fleet.agents['a-2']).toMatchObject({ command: ['sh', 'x'], cwd: '/usr' });
  expect(Object.keys(fleet.subsystems)).toEqual(['far']);
  expect(text).toContain('# it was one of the project /usr\n');
  expect(text).toContain("# 'off' is disabled there: left out\n");
  const only = roundTrip({
    '.claude.json': JSON.stringify({ projects: { '/usr': { mcpServers: { a: { command: 'sh' } } } } }),
  });
  expect(only.fleet.agents.a?.cwd).toBe('/usr');
});
