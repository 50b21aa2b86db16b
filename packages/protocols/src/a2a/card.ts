import { protocolsError } from '../errors.js';
import { isLoopback, publicUrl } from '../http/address.js';
import { depthProblem, isRecord, type JsonRecord } from '../json-rpc/json.js';
import { type A2aWire, wireFor } from './wire.js';

/** One skill of an agent card. */
export interface A2aSkill {
  id: string;
  name: string;
  description: string;
  tags: readonly string[];
}

/** What an agent says about itself, in one shape for both revisions; `raw` is the card as it came. */
export interface A2aCard {
  name: string;
  description: string;
  version: string;
  skills: readonly A2aSkill[];
  raw: JsonRecord;
}

/** The way in that was chosen from the card. */
export interface A2aInterface {
  url: URL;
  wire: A2aWire;
  tenant?: string;
}

/** Where the card stands when only a base URL is known. */
const CARD_PATH = '.well-known/agent-card.json';

/** The card's URL: the given one when it names a JSON file, else the well-known path below it. */
export function cardUrlOf(base: URL): URL {
  if (base.pathname.endsWith('.json')) return base;
  const folder = new URL(base);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return new URL(CARD_PATH, folder);
}

/**
 * Reads a card of revision 1.0 or 0.3.
 *
 * @throws DN_A2A_BAD_CARD
 */
export function readCard(value: unknown, cardUrl: URL): A2aCard {
  if (!isRecord(value)) throw badCard(cardUrl, 'it is not a JSON object');
  const problem = depthProblem(value);
  if (problem !== undefined) throw badCard(cardUrl, problem);
  if (typeof value.name !== 'string') throw badCard(cardUrl, 'it has no name');
  const skills = Array.isArray(value.skills) ? value.skills : [];
  return {
    name: value.name,
    description: text(value.description),
    version: text(value.version),
    skills: skills.filter(isRecord).map((skill) => ({
      id: text(skill.id),
      name: text(skill.name),
      description: text(skill.description),
      tags: Array.isArray(skill.tags) ? skill.tags.map(String) : [],
    })),
    raw: value,
  };
}

/**
 * Chooses the JSON-RPC interface: 1.x before 0.3, else in the card's order.
 *
 * @throws DN_A2A_BAD_CARD without one; DN_A2A_FOREIGN_ADDRESS when it lies on a host nobody vouched for: a card is
 * the agent's own word and must not be able to send our calls anywhere.
 */
export function chooseInterface(card: A2aCard, cardUrl: URL, allowedHosts: readonly string[]): A2aInterface {
  const offers = listInterfaces(card.raw, cardUrl);
  const chosen = offers.find((offer) => offer.wire.version === '1.0') ?? offers[0];
  if (!chosen)
    throw badCard(cardUrl, 'it offers no JSON-RPC interface of A2A 1.0 or 0.3, the ones this client speaks');
  refuseForeign(cardUrl, chosen.url, allowedHosts);
  return chosen;
}

/** @throws DN_A2A_FOREIGN_ADDRESS */
export function refuseForeign(from: URL, to: URL, allowedHosts: readonly string[]): void {
  const isSame = to.hostname === from.hostname || (isLoopback(to) && isLoopback(from));
  if (isSame || allowedHosts.includes(to.hostname)) return;
  const details = { url: publicUrl(from), target: publicUrl(to), delivered: false };
  throw protocolsError('DN_A2A_FOREIGN_ADDRESS', details);
}

/** @throws DN_A2A_BAD_CARD */
function listInterfaces(card: JsonRecord, cardUrl: URL): A2aInterface[] {
  const modern = Array.isArray(card.supportedInterfaces) ? card.supportedInterfaces.filter(isRecord) : [];
  const legacy = {
    url: card.url,
    protocolBinding: card.preferredTransport ?? 'JSONRPC',
    protocolVersion: card.protocolVersion ?? '0.3',
  };
  const offers = 'url' in card ? [...modern, legacy] : modern;
  return offers.flatMap((offer: JsonRecord): A2aInterface[] => {
    const wire = wireFor(text(offer.protocolVersion));
    if (offer.protocolBinding !== 'JSONRPC' || !wire || typeof offer.url !== 'string') return [];
    if (!URL.canParse(offer.url, cardUrl.href)) throw badCard(cardUrl, `'${offer.url}' is not a URL`);
    const tenant = typeof offer.tenant === 'string' && offer.tenant !== '' ? { tenant: offer.tenant } : {};
    return [{ url: new URL(offer.url, cardUrl), wire, ...tenant }];
  });
}

function badCard(url: URL, reason: string) {
  return protocolsError('DN_A2A_BAD_CARD', { url: publicUrl(url), reason, delivered: false });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
