/** The two subsystems of the specification's examples: plain objects, as an application has them. */
export const dreamVault = {
  manifest: { version: '1.2.0', connections: [{ target: 'dreamShop', isConnected: () => false }] },
  status: () => ({ status: 'error' as const, details: 'the vault does not open' }),
  restart: () => undefined,
};

export const dreamShop = {
  manifest: { domain: 'economy' as const, dependsOn: [{ name: 'dreamVault', range: '^2.0.0' }] },
  status: () => 'ok' as const,
};
