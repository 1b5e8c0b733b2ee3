/** One event of a stream: HTML standard, "Server-sent events". */
export interface ServerSentEvent {
  /** Default `message`. */
  readonly type: string;
  /** Empty where it only says from where, or when, to go on. */
  readonly data: string;
  /** The last that the stream has named. */
  readonly id?: string | undefined;
  /** How long to wait, in milliseconds, before the stream is opened again. */
  readonly retryMs?: number | undefined;
}

/** Reads an event stream as it comes. Events that say nothing, and one that was not ended, are left out, as the standard says. */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let pending = "";
  let type = "";
  let data: string[] = [];
  let id: string | undefined;
  let retryMs: number | undefined;
  let saysWhere = false;
  for await (const chunk of body) {
    pending += decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be the first half of a line's end.
    const lines = pending.split(/\r\n|\n|\r(?!$)/);
    pending = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0 || saysWhere) {
          yield { type: type === "" ? "message" : type, data: data.join("\n"), id, retryMs };
        }
        saysWhere = false;
        type = "";
        data = [];
        continue;
      }
      const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "event") type = value;
      else if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\0")) [id, saysWhere] = [value, true];
      else if (field === "retry" && /^\d{1,9}$/.test(value)) [retryMs, saysWhere] = [Number(value), true];
    }
  }
}
