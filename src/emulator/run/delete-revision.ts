import { formatServiceName } from "../../google/run-name.ts";
import { ApiFailure } from "../api/route.ts";
import { revisionKind, serviceKind } from "./records.ts";
import type { RevisionRecord } from "./records.ts";
import type { State } from "../state/state.ts";
import { revisionOf } from "./traffic.ts";

/**
 * Removes a revision that nothing leads to.
 *
 * @throws {ApiFailure} `FAILED_PRECONDITION` for one that gets requests, and for the latest. The text is a guess.
 */
export async function deleteRevision(state: State, record: RevisionRecord): Promise<RevisionRecord> {
  const { revision } = record;
  const name = formatServiceName(record);
  const service = state.store.get(serviceKind, name)?.value;
  if (
    service?.latestRevision === revision ||
    service?.traffic.some((target) => revisionOf(target, service) === revision)
  ) {
    throw new ApiFailure(
      "FAILED_PRECONDITION",
      `Revision ${revision} is actively serving traffic or is the latest of its service, and cannot be deleted.`,
    );
  }
  await state.store.delete(revisionKind, `${name}/revisions/${revision}`);
  return record;
}
