import type { ForwardOptions, ForwardResult } from "../../http/forward.ts";
import { createConnector } from "../../http/connect.ts";
import { createUpstream } from "../../http/upstream.ts";
import type { Upstream } from "../../http/upstream.ts";

/** Containers that speak HTTP/2 in the clear, as `h2c` names their port. */
export interface Http2Backends {
  forward(backend: URL, options: Omit<ForwardOptions, "agent" | "target">): Promise<ForwardResult>;
  close(): void;
}

export function createHttp2Backends(): Http2Backends {
  // Backends are on this machine, whatever the environment says of proxies.
  const connector = createConnector({ environment: { variables: {}, homeDir: "", platform: process.platform } });
  const upstreams = new Map<string, Upstream>();
  return {
    forward: (backend, options) => {
      const upstream = upstreams.get(backend.href) ?? open(backend);
      upstreams.set(backend.href, upstream);
      return upstream.forward(options);
    },
    close: () => {
      for (const upstream of upstreams.values()) upstream.close();
    },
  };

  function open(target: URL): Upstream {
    return createUpstream({ target, connector, http2: "prior-knowledge" });
  }
}
