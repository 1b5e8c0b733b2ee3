import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { print } from "./print.ts";

// One unary call, one server stream and one refusal by the service, with a token or without.
const [host = "", token = ""] = process.argv.slice(2);
const client = new Client(host, credentials.createSsl());
const metadata = new Metadata();
if (token !== "") metadata.set("authorization", `Bearer ${token}`);
const asBytes = (text: string): Buffer => Buffer.from(text);
const asText = (bytes: Buffer): string => bytes.toString();

function unary(path: string, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asBytes, asText, text, metadata, (error, value) => {
      resolve(error ? { code: error.code, details: error.details } : value);
    });
  });
}

async function stream(path: string, text: string): Promise<string[]> {
  const received: string[] = [];
  for await (const item of client.makeServerStreamRequest(path, asBytes, asText, text, metadata)) received.push(item);
  return received;
}

const greeting = await unary("/demo.Greeter/Greet", "you");
const refused = await unary("/demo.Greeter/Refuse", "you");
const counted = await stream("/demo.Greeter/Count", "3").catch((error: unknown) => ({
  code: (error as { code: number }).code,
}));
print({ greeting, refused, counted });
client.close();
