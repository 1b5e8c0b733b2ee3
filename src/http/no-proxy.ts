/**
 * Whether `NO_PROXY` takes a host from the proxy: `*`, or names separated by commas or spaces, each for itself and what is under
 * it, with a leading dot or `*.` or without, and with a port or without. Source: curl's manual, "NO_PROXY", as undici reads it.
 */
export function isWithoutProxy(noProxy: string | undefined, host: string, port: number): boolean {
  const wanted = host.toLowerCase().replace(/^\[|\]$/g, "");
  return (noProxy ?? "")
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, named = "", itsPort] = /^(.*?)(?::(\d+))?$/.exec(isBareIpv6(entry) ? `[${entry}]` : entry) ?? [];
      if (itsPort !== undefined && Number(itsPort) !== port) return false;
      const name = named.replace(/^\*?\./, "").replace(/^\[|\]$/g, "");
      return name !== "" && (wanted === name || wanted.endsWith(`.${name}`));
    });
}

function isBareIpv6(entry: string): boolean {
  return entry.split(":").length > 2 && !entry.startsWith("[");
}
