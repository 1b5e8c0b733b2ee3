import type { TraceStep } from "../gate/decision.ts";
import type { GateView } from "../gate/view.ts";
import type { RunServiceName } from "../google/run-name.ts";
import { parseLocalHost } from "./local-host.ts";

/** What {@link createLocalView} needs besides the view. */
export interface LocalViewOptions {
  services(): readonly RunServiceName[];
  /** The host of a service's run.app address. */
  runAppHost(name: RunServiceName): string | undefined;
  port(): number;
}

/**
 * Adds the local way in to what the gate sees: a host under `.localhost` is its service, and its address is one more audience
 * there, because libraries take the URL that they call for the audience.
 */
export function createLocalView(view: GateView, options: LocalViewOptions): GateView {
  const local = Object.create(view) as GateView;
  local.serviceByHost = (host) => {
    const found = parseLocalHost(host, options.services());
    if (!found) return view.serviceByHost(host);
    const [name] = found.services;
    const runAppHost = name && found.services.length === 1 ? options.runAppHost(name) : undefined;
    if (runAppHost === undefined) return undefined;
    const service = view.serviceByHost(found.tag === undefined ? runAppHost : `${found.tag}---${runAppHost}`);
    return (
      service && { ...service, customAudiences: [...service.customAudiences, ...localAudiences(host, options.port())] }
    );
  };
  return local;
}

/** Says of a decision's step that it rests on a local address, which Google does not know. */
export function explainLocalAudience(step: TraceStep, host: string, port: number): TraceStep {
  if (step.rule !== "audience" || step.outcome !== "passed") return step;
  const audience = localAudiences(host, port).find((candidate) =>
    step.detail.startsWith(`aud ${JSON.stringify(candidate)} `),
  );
  if (audience === undefined) return step;
  const detail = `aud ${JSON.stringify(audience)} is the service's address on this machine: a rule of the emulator's own`;
  return { ...step, detail, fact: "local-audience", grade: "guess" };
}

function localAudiences(host: string, port: number): readonly string[] {
  return host.endsWith(".localhost") ? [`http://${host}:${port}`, `http://${host}:${port}/`] : [];
}
