import type { RunServiceName } from "../google/run-name.ts";

/** The gcloud line that prints a service's address. Names of services, regions and projects need no quotes. */
export function gcloudUrlLine({ service, region, project }: RunServiceName): string {
  return `gcloud run services describe ${service} --region ${region} --project ${project} --format 'value(status.url)'`;
}

/** The gcloud line that finds a service in every region. */
export function gcloudListLine(project: string): string {
  return `gcloud run services list --project ${project}`;
}
