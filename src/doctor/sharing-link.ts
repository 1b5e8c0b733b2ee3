import { checkSharing } from "../access/sharing.ts";
import { failed, notApplicable, passed, unknown } from "./finding.ts";
import type { Finding, Repair } from "./finding.ts";
import { gcloudLines } from "./repair.ts";
import type { Seen } from "./seen.ts";

/** Whether organisation policies let through what a repair would grant; what they refuse is no repair. */
export async function judgeSharing(
  { walk, accessToken, service }: Seen,
  repair: Repair | undefined,
): Promise<{ readonly finding: Finding; readonly repair: Repair | undefined }> {
  const link = "organisation policy";
  const members = [...new Set(repair?.grants.flatMap((grant) => grant.members))];
  if (!repair || !service || members.length === 0 || accessToken === undefined) {
    return { finding: notApplicable(link, "nothing is to be granted"), repair };
  }
  const { context } = walk;
  const sharing = await walk.attempt(link, async () =>
    checkSharing(context, service.name.project, members, accessToken),
  );
  if (!sharing) return { finding: walk.failure(link) ?? unknown(link, "it was not looked at"), repair };
  const { allowed, why, permission } = sharing;
  if (allowed !== "no") {
    return { finding: allowed === "yes" ? passed(link, why) : unknown(link, why, permission), repair };
  }
  const message = [
    `Please let ${members.join(" and ")} into policies of project ${service.name.project}, and then grant what the call needs:`,
    ...gcloudLines(repair.grants),
  ];
  const sentence =
    "Call as a member that the organisation lets into policies (--as SERVICE_ACCOUNT), or ask its administrator.";
  return {
    finding: failed(link, `an organisation policy refuses the grant that would repair the call: ${why}`),
    repair: { grants: [], runpass: [sentence], gcloud: [], allowed: "no", message },
  };
}
