/*
 * The package's second entry, `@dreamnet/dreamnet-os-core/alert-delivery`: who is told of which alerts and when, without
 * health, trends and recovery. A program that does nothing else starts sooner and takes less memory.
 */
export type { AlertDeliveryOptions } from './alert-delivery/alert-delivery.js';
export { createAlertDelivery } from './alert-delivery/alert-delivery.js';
export type {
  AlertDelivery,
  AlertQuery,
  DeliveredAlert,
  DeliveryConfig,
} from './alert-delivery/alert-delivery-boundary.js';
export { problemOfMatcher } from './alert-delivery/matchers/label-matching.js';
export { parseMatchers } from './alert-delivery/matchers/parse-matchers.js';
export { compileRegex } from './alert-delivery/matchers/regex/compile-regex.js';
