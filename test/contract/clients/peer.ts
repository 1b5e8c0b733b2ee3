import { GoogleAuth } from "google-auth-library";
import { createServer } from "node:http";

// A service that calls another one as Google's documentation shows it, and knows nothing of an emulator.
const peer = process.env["PEER_URL"]!;
const auth = new GoogleAuth();

createServer((request, response) => {
  if (request.url !== "/call") return void response.end(`this is ${process.env["K_SERVICE"]}`);
  call().then(
    (text) => response.end(text),
    (error: unknown) => {
      const { status, message } = error as { status?: number; message: string };
      response.end(`refused: ${status ?? message}`);
    },
  );
}).listen(Number(process.env["PORT"]));

async function call(): Promise<string> {
  const client = await auth.getIdTokenClient(peer);
  const { data } = await client.request<string>({ url: peer, responseType: "text" });
  return `answered: ${data}`;
}
