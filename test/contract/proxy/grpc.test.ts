import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, Metadata, Server, ServerCredentials, credentials, status } from "@grpc/grpc-js";
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceError,
} from "@grpc/grpc-js";
import { startProxy } from "../../support/proxy.ts";
import type { ProxySubject } from "../../support/proxy.ts";

const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${path}`,
  requestStream,
  responseStream,
  requestSerialize: keep,
  requestDeserialize: keep,
  responseSerialize: keep,
  responseDeserialize: keep,
});

function keep(bytes: Buffer): Buffer {
  return bytes;
}

const service = {
  unary: method("Unary", false, false),
  down: method("Down", false, true),
  up: method("Up", true, false),
  both: method("Both", true, true),
  hang: method("Hang", false, false),
};
const maxBytes = { "grpc.max_receive_message_length": 8 << 20, "grpc.max_send_message_length": 8 << 20 };

let cancelled = Promise.withResolvers<void>();
const implementation = {
  unary: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    if (call.request.toString() === "fail") {
      const metadata = new Metadata();
      metadata.set("why", "told");
      return done({ code: status.FAILED_PRECONDITION, details: "not today", metadata });
    }
    const trailer = new Metadata();
    trailer.set("seen", String(call.metadata.get("x-own")[0]));
    done(null, call.request, trailer);
  },
  down: (call: ServerWritableStream<Buffer, Buffer>) => {
    for (let index = 0; index < 5; index++) call.write(Buffer.from(`${call.request.toString()}${index}`));
    call.end();
  },
  up: (call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    let length = 0;
    call.on("data", (chunk: Buffer) => (length += chunk.length));
    call.on("end", () => done(null, Buffer.from(String(length))));
  },
  both: (call: ServerDuplexStream<Buffer, Buffer>) => {
    call.on("data", (chunk: Buffer) => call.write(chunk));
    call.on("end", () => call.end());
  },
  hang: (call: ServerUnaryCall<Buffer, Buffer>) => {
    onHang();
    call.on("cancelled", () => cancelled.resolve());
  },
};
let onHang: (value?: unknown) => void = () => {};

let server: Server;
let subject: ProxySubject;
let client: Client;

before(async () => {
  server = new Server(maxBytes);
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  subject = await startProxy({ backend: `h2c://127.0.0.1:${port}` });
  client = new Client(`127.0.0.1:${subject.port}`, credentials.createInsecure(), maxBytes);
});

after(async () => {
  client.close();
  await subject[Symbol.asyncDispose]();
  server.forceShutdown();
});

function unary(
  path: string,
  body: Buffer,
  options = {},
): Promise<{ answer: Buffer | undefined; error: ServiceError | null; trailer: Metadata | undefined }> {
  const metadata = new Metadata();
  metadata.set("x-own", "mine");
  return new Promise((resolve) => {
    let error: ServiceError | null;
    let answer: Buffer | undefined;
    const call = client.makeUnaryRequest(`/test.Echo/${path}`, keep, keep, body, metadata, options, (failed, value) => {
      error = failed;
      answer = value;
    });
    call.on("status", ({ metadata: trailer }) => setImmediate(() => resolve({ answer, error, trailer })));
  });
}

test("a unary call, with its metadata and trailers", async () => {
  const { answer, trailer } = await unary("Unary", Buffer.from("hello"));
  assert.equal(answer?.toString(), "hello");
  assert.deepEqual(trailer?.get("seen"), ["mine"]);
});

test("a message of 4 MiB goes both ways", async () => {
  const bytes = Buffer.alloc(4 << 20, "0123456789abcdef");
  assert((await unary("Unary", bytes)).answer?.equals(bytes));
});

test("a status that is no success, with its details and metadata", async () => {
  const { error } = await unary("Unary", Buffer.from("fail"));
  assert.equal(error?.code, status.FAILED_PRECONDITION);
  assert.equal(error?.details, "not today");
  assert.deepEqual(error?.metadata.get("why"), ["told"]);
});

test("a stream of the server's", async () => {
  const call = client.makeServerStreamRequest("/test.Echo/Down", keep, keep, Buffer.from("n"), new Metadata());
  const seen: string[] = [];
  for await (const chunk of call) seen.push(String(chunk));
  assert.deepEqual(seen, ["n0", "n1", "n2", "n3", "n4"]);
});

test("a stream of the client's", async () => {
  const answer = await new Promise<Buffer | undefined>((resolve, reject) => {
    const call = client.makeClientStreamRequest("/test.Echo/Up", keep, keep, new Metadata(), (error, value) =>
      error ? reject(error) : resolve(value),
    );
    for (let index = 0; index < 20; index++) call.write(Buffer.alloc(10_000));
    call.end();
  });
  assert.equal(answer?.toString(), "200000");
});

test("a stream both ways: each message comes back before the next is sent", async () => {
  const call = client.makeBidiStreamRequest("/test.Echo/Both", keep, keep, new Metadata());
  for (const word of ["one", "two", "three"]) {
    const back = new Promise<string>((resolve) => call.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    call.write(Buffer.from(word));
    assert.equal(await back, word);
  }
  const ended = new Promise((resolve) => call.once("end", resolve));
  call.end();
  await ended;
});

test("a call that is cancelled is cancelled at the server", async () => {
  cancelled = Promise.withResolvers();
  const started = new Promise((resolve) => (onHang = resolve));
  const call = client.makeUnaryRequest("/test.Echo/Hang", keep, keep, Buffer.alloc(0), new Metadata(), () => {});
  await started;
  call.cancel();
  await cancelled.promise;
});

test("a deadline ends a call on both sides", async () => {
  cancelled = Promise.withResolvers();
  const { error } = await unary("Hang", Buffer.alloc(0), { deadline: Date.now() + 200 });
  assert.equal(error?.code, status.DEADLINE_EXCEEDED);
  await cancelled.promise;
});
