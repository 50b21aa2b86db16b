/** A shop of three modules, small enough to read and real enough to break. */
export function createShop() {
  const restarts = { inventory: 0, checkout: 0 };
  const state = { isInventoryBroken: false, index: undefined };
  const inventory = {
    status: () =>
      state.isInventoryBroken
        ? { status: 'error', details: 'its connection pool is exhausted' }
        : { status: 'ok', details: '12 items in stock' },
    restart: async () => {
      restarts.inventory += 1;
      state.isInventoryBroken = false;
    },
  };
  const checkout = {
    manifest: { dependsOn: ['inventory'] },
    status: () =>
      state.isInventoryBroken
        ? { status: 'error', details: 'the inventory does not answer' }
        : { status: 'ok', details: 'takes orders' },
    restart: async () => {
      restarts.checkout += 1;
    },
  };
  const search = {
    manifest: { connections: [{ target: 'inventory', isConnected: () => state.index !== undefined }] },
    status: () => ({ status: 'ok', details: 'answers' }),
    connect: async () => {
      state.index = new Map();
    },
  };
  return {
    inventory,
    checkout,
    search,
    restarts,
    breakInventory: () => {
      state.isInventoryBroken = true;
    },
  };
}
