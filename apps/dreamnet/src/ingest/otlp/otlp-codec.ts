import type { BufferReader } from 'protobufjs';
import { programError } from '../../errors.js';
import type { MetricsRequest, TracesRequest } from './otlp-messages.js';

/** What is sent: its requests, and the field of the answer that counts what was rejected. */
export type OtlpSignal = 'metrics' | 'traces';

/** Reads and writes OTLP's messages in their binary form. */
export interface OtlpCodec {
  /** @throws when the bytes are no such message; DN_API_TOO_MANY_VALUES when they hold too much of it */
  decode(signal: OtlpSignal, bytes: Uint8Array): MetricsRequest | TracesRequest;
  encodeAnswer(signal: OtlpSignal, rejected: number, message: string): Uint8Array;
  encodeStatus(code: number, message: string): Uint8Array;
}

/** The fields that are looked at, with the numbers they have in opentelemetry-proto; others are passed over. */
const SCHEMA = `
syntax = "proto3";
message Value { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message Attribute { string key = 1; Value value = 2; }
message Resource { repeated Attribute attributes = 1; }
message NumberPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; }
  repeated Attribute attributes = 7; uint32 flags = 8;
}
message HistogramPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5;
  repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated Attribute attributes = 9;
  uint32 flags = 10;
}
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
message ExponentialPoint {
  repeated Attribute attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9;
  uint32 flags = 10;
}
message Quantile { double quantile = 1; double value = 2; }
message SummaryPoint {
  fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5; repeated Quantile quantile_values = 6;
  repeated Attribute attributes = 7; uint32 flags = 8;
}
message Gauge { repeated NumberPoint data_points = 1; }
message Sum { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message ExponentialHistogram { repeated ExponentialPoint data_points = 1; int32 aggregation_temporality = 2; }
message Summary { repeated SummaryPoint data_points = 1; }
message Metric {
  string name = 1;
  oneof data {
    Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9;
    ExponentialHistogram exponential_histogram = 10; Summary summary = 11;
  }
}
message Scope { string name = 1; string version = 2; repeated Attribute attributes = 3; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message MetricsRequest { repeated ResourceMetrics resource_metrics = 1; }
message SpanStatus { int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated Attribute attributes = 9;
  SpanStatus status = 15; fixed32 flags = 16;
}
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message TracesRequest { repeated ResourceSpans resource_spans = 1; }
message PartialSuccess { int64 rejected = 1; string error_message = 2; }
message Answer { PartialSuccess partial_success = 1; }
message RpcStatus { int32 code = 1; string message = 2; }
`;

/**
 * Tags, lengths and numbers of one message: four megabytes of ordinary points have fewer. An empty message is two bytes
 * on the wire and two hundred in memory.
 */
const MOST_VALUES = 2_000_000;

const REQUESTS: Readonly<Record<OtlpSignal, string>> = {
  metrics: 'MetricsRequest',
  traces: 'TracesRequest',
};
let loading: Promise<OtlpCodec> | undefined;

/** The codec; protobufjs is loaded when it is first asked for. */
export function loadOtlpCodec(): Promise<OtlpCodec> {
  loading ??= createCodec();
  return loading;
}

async function createCodec(): Promise<OtlpCodec> {
  const { default: protobuf } = await import('protobufjs');
  const { root } = protobuf.parse(SCHEMA);
  const boundedReader = readerWithin(protobuf.BufferReader);
  const encode = (type: string, value: Record<string, unknown>): Uint8Array =>
    root.lookupType(type).encode(value).finish();
  return {
    decode: (signal, bytes) => {
      const type = root.lookupType(REQUESTS[signal]);
      return type.toObject(type.decode(boundedReader(bytes)), { longs: Number }) as
        | MetricsRequest
        | TracesRequest;
    },
    // Metrics and spans are counted by a field of the same number.
    encodeAnswer: (_signal, rejected, message) =>
      encode('Answer', rejected === 0 ? {} : { partialSuccess: { rejected, errorMessage: message } }),
    encodeStatus: (code, message) => encode('RpcStatus', { code, message }),
  };
}

type MakeReader = (bytes: Uint8Array) => BufferReader;

/** Readers that give up a message which unfolds into far more than was sent. */
function readerWithin(Reader: typeof BufferReader): MakeReader {
  class BoundedReader extends Reader {
    private left = MOST_VALUES;

    override uint32(): number {
      this.count();
      return super.uint32();
    }
    override uint64() {
      this.count();
      return super.uint64();
    }
    override fixed64() {
      this.count();
      return super.fixed64();
    }
    override double(): number {
      this.count();
      return super.double();
    }
    private count(): void {
      this.left -= 1;
      if (this.left < 0) throw programError('DN_API_TOO_MANY_VALUES', { limit: MOST_VALUES });
    }
  }
  return (bytes) => new BoundedReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
