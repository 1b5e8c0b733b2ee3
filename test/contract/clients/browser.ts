/** What `BROWSER` names in a test: opens an authorize page, allows, and follows to the address of whoever waits there. */
import { signIn } from "../../support/sign-in.ts";

const [url, account] = process.argv.slice(2);
const target = await signIn(url!, { account: account! });
const response = await fetch(target);
if (!response.ok) throw new Error(`${target.origin} answered ${response.status}`);
