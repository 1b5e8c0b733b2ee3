import { readList, readObject, readText } from "./fields.ts";
import type { Body } from "./fields.ts";

/**
 * Reads the containers of a template, which both versions of the API have in one form.
 *
 * @param place The list, in the version's words.
 * @throws {ApiFailure} `INVALID_ARGUMENT`.
 */
export function readContainers(value: unknown, place: string): readonly Body[] {
  return readList(value, place).map((container, index) => {
    const field = `${place}[${index}]`;
    const read = readObject(container, field);
    readText(read["image"], `${field}.image`);
    readList(read["env"], `${field}.env`);
    readObject(read["resources"], `${field}.resources`);
    for (const port of readList(read["ports"], `${field}.ports`)) readObject(port, `${field}.ports`);
    return read;
  });
}
