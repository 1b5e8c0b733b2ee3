import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { print } from "./print.ts";

// One unary call, one server stream and one refusal by the service: with a token, and without.
const [host = "", token = ""] = process.argv.slice(2);
const client = new Client(host, credentials.createSsl());
const asBytes = (text: string): Buffer => Buffer.from(text);
const asText = (bytes: Buffer): string => bytes.toString();

function unary(path: string, text: string, metadata: Metadata): Promise<unknown> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asBytes, asText, text, metadata, (error, value) => {
      resolve(error ? { code: error.code, details: error.details } : value);
    });
  });
}

async function stream(path: string, text: string, metadata: Metadata): Promise<string[]> {
  const received: string[] = [];
  for await (const item of client.makeServerStreamRequest(path, asBytes, asText, text, metadata)) received.push(item);
  return received;
}

async function callAll(metadata: Metadata): Promise<object> {
  return {
    greeting: await unary("/demo.Greeter/Greet", "you", metadata),
    refused: await unary("/demo.Greeter/Refuse", "you", metadata),
    counted: await stream("/demo.Greeter/Count", "3", metadata).catch((error: unknown) => ({
      code: (error as { code: number }).code,
    })),
  };
}

const signedIn = new Metadata();
signedIn.set("authorization", `Bearer ${token}`);
print({ withToken: await callAll(signedIn), without: await callAll(new Metadata()) });
client.close();
