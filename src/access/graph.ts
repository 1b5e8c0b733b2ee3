import type { Access } from "./access.ts";

/** An arrow of the graph of who gets to a service. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Not surely so. */
  readonly dotted: boolean;
}

/** Principals → impersonation → service accounts → the service, as Mermaid draws it. Source: mermaid.js.org, "Flowcharts". */
export function formatMermaid(access: Access): string {
  const { nodes, edges } = graphOf(access);
  const id = (name: string): string => `n${nodes.indexOf(name)}`;
  return [
    "flowchart LR",
    ...nodes.map((name) => `  ${id(name)}["${name.replaceAll('"', "#quot;")}"]`),
    ...edges.map(({ from, to, label, dotted }) => `  ${id(from)} ${dotted ? "-.->" : "-->"}|"${label}"| ${id(to)}`),
    "",
  ].join("\n");
}

/** The same for Graphviz. Source: graphviz.org, "DOT Language". */
export function formatDot(access: Access): string {
  const { nodes, edges } = graphOf(access);
  const quote = (text: string): string => JSON.stringify(text);
  return [
    "digraph access {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...nodes.map((name) => `  ${quote(name)};`),
    ...edges.map(
      ({ from, to, label, dotted }) =>
        `  ${quote(from)} -> ${quote(to)} [label=${quote(label)}${dotted ? ", style=dashed" : ""}];`,
    ),
    "}",
    "",
  ].join("\n");
}

function graphOf({ service, rows, impersonators }: Access): { nodes: string[]; edges: Edge[] } {
  const target = service.slice(service.lastIndexOf("/") + 1);
  const edges = [
    ...rows.map((row) => ({ ...row, to: target })),
    ...impersonators.map((row) => ({ ...row, to: `serviceAccount:${row.as}` })),
  ]
    .filter(({ counts }) => counts !== "no")
    .map(({ member, to, role, counts }): Edge => ({ from: member, to, label: role, dotted: counts === "unknown" }));
  return { nodes: [...new Set([target, ...edges.flatMap(({ from, to }) => [from, to])])], edges };
}
