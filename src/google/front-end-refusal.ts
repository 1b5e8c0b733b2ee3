import { isGoogleRefusal, isTokenChallenge } from "./google-page.ts";

/**
 * Whether Google's front end says that a token could not be verified. The app behind it may answer 401 too, with words of its
 * own. Source: observed (facts on the 401's `www-authenticate`).
 *
 * @param rawHeaders names and values in turn
 */
export function isTokenRefusal(status: number, rawHeaders: readonly string[]): boolean {
  if (status !== 401) return false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() !== "www-authenticate") continue;
    if (isTokenChallenge(rawHeaders[index + 1] as string)) return true;
  }
  return false;
}

/**
 * Whether an answer is a refusal by Google's front end and not the app's own.
 *
 * @param rawHeaders names and values in turn
 * @param path with its query
 */
export function isFrontEndRefusal(status: number, rawHeaders: readonly string[], path: string): boolean {
  if (status !== 401 && status !== 403 && status !== 404) return false;
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.set((rawHeaders[index] as string).toLowerCase(), rawHeaders[index + 1] as string);
  }
  return isGoogleRefusal({ status, headers }, Buffer.byteLength(path));
}
