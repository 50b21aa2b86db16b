import type { Notification } from '@dreamnet/contracts';
import { type AlertText, alertTexts, restOf, titleOf } from './message-text.js';

const COLORS = { firing: '#b42318', resolved: '#067647' } as const;

/** The message as a mail's HTML part: readable without pictures, styles only inline as mail clients want it. */
export function htmlOf(notification: Notification, limit: number): string {
  const alerts = alertTexts(notification, limit).map(showAlert).join('\n');
  const rest = restOf(notification, limit).map((line) => `<p>${linked(line)}</p>`);
  return [
    '<!doctype html><html><body style="font:14px/1.5 sans-serif;color:#1d2939;max-width:720px">',
    `<h2 style="font-size:18px;color:${COLORS[notification.status]}">${escapeHtml(titleOf(notification))}</h2>`,
    alerts,
    ...rest,
    '</body></html>',
  ].join('\n');
}

function showAlert({ status, headline, description, labels, times, links }: AlertText): string {
  const lines = [description, labels, times].filter((line) => line !== '').map(escapeHtml);
  return [
    `<div style="border-left:4px solid ${COLORS[status]};padding:4px 12px;margin:12px 0">`,
    `<b>${escapeHtml(headline)}</b> <span style="color:${COLORS[status]}">${status}</span><br>`,
    [...lines, ...links.map(linked)].join('<br>'),
    '</div>',
  ].join('');
}

/** Escapes a text and makes the address at its end a link. */
function linked(text: string): string {
  return escapeHtml(text).replace(/https?:\/\/\S+$/, (url) => `<a href="${url}">${url}</a>`);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
