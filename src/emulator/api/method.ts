import type { State } from "../state/state.ts";
import type { Caller } from "./caller.ts";
import type { Message } from "./request-message.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";
import type { PathVariables } from "./template.ts";

/** A call that has found its method, and whose caller is known. */
export interface MethodCall {
  readonly state: State;
  readonly call: ApiCall;
  readonly caller: Caller;
  /** What the path says. */
  readonly path: PathVariables;
  /** The JSON body; empty where none came. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One method of an API: how it is called, and what it does. */
export interface ApiMethod {
  /** Google's own name, for example `google.iam.admin.v1.IAM.CreateServiceAccount`. */
  readonly id: string;
  /** HTTP method and path template: `GET /v1/{name=projects/*}`. */
  readonly route: string;
  /** What its body may hold. Without it, the method looks at the body by itself. */
  readonly request?: Message;
  /** Returns the JSON body of the answer; throws {@link ApiFailure} for Google's errors. */
  readonly handle: (call: MethodCall) => object | Promise<object>;
}

/** An endpoint that is no Google API with bearer tokens: it reads the call and answers by itself. */
export interface PlainEndpoint {
  readonly route: string;
  readonly answer: (state: State, call: ApiCall, path: PathVariables) => ApiAnswer | Promise<ApiAnswer>;
}
