import { escapePattern } from "../../core/escape-pattern.ts";
import type { ProjectRecord } from "../state/records.ts";

/**
 * Reads the filter of a list of projects, such as `id:demo* lifecycleState:ACTIVE` or `parent=folders/12`: terms that must all
 * hold, `*` for any text, without regard to case. Source: Resource Manager, `projects.list` (v1), `projects.search` (v3).
 */
export function parseProjectFilter(text: string): (project: ProjectRecord) => boolean {
  const terms = [...text.matchAll(/([\w.]+)\s*[:=]\s*(?:"([^"]*)"|(\S+))/g)].map(
    ([, name = "", quoted, plain = ""]) => ({
      name: name.toLowerCase(),
      value: toPattern(quoted ?? plain),
    }),
  );
  return (project) => terms.every(({ name, value }) => value.test(valueOf(project, name) ?? ""));
}

/** What nobody gives a project here, such as a label, is empty. */
function valueOf({ id, number, parent = "" }: ProjectRecord, name: string): string | undefined {
  const [collection, parentId] = parent.split("/");
  const values: Readonly<Record<string, string | undefined>> = {
    id,
    projectid: id,
    name: id,
    displayname: id,
    projectnumber: number,
    lifecyclestate: "ACTIVE",
    state: "ACTIVE",
    parent,
    "parent.id": parentId,
    "parent.type": collection?.replace(/s$/, ""),
  };
  return values[name];
}

function toPattern(value: string): RegExp {
  return new RegExp(`^${value.split("*").map(escapePattern).join(".*")}$`, "i");
}
