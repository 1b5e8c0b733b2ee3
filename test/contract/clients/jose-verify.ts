import { createRemoteJWKSet, jwtVerify } from "jose";
import { fetchUserToken } from "./user-token.ts";
import { print } from "./print.ts";

const token = await fetchUserToken();
const keys = createRemoteJWKSet(new URL("https://www.googleapis.com/oauth2/v3/certs"));
const { payload: claims, protectedHeader: header } = await jwtVerify(token, keys, {
  issuer: "https://accounts.google.com",
  audience: "32555940559.apps.googleusercontent.com",
});
const [head, , signature] = token.split(".");
const other = Buffer.from(JSON.stringify({ ...claims, email: "admin@example.com" })).toString("base64url");
const forged = await jwtVerify(`${head}.${other}.${signature}`, keys).then(
  () => "accepted",
  (error: unknown) => (error as { code: string }).code,
);
print({ claims, header, forged });
