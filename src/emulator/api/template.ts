/** What a path filled into a template's variables, decoded. */
export type PathVariables = Readonly<Record<string, string>>;

/**
 * Compiles a path template such as `/v1/{name=projects/*\/serviceAccounts/*}:getIamPolicy` into a matcher of encoded paths.
 * `*` is one segment, `**` any number of them, `{x}` is `{x=*}`. Source: google/api/http.proto.
 */
export function compileTemplate(template: string): (path: string) => PathVariables | undefined {
  const verb = /:[a-zA-Z]+$/.exec(template)?.[0] ?? "";
  const names: string[] = [];
  const pattern = template
    .slice(0, template.length - verb.length)
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const variable = /^\{(\w+)(?:=(.+))?\}$/.exec(part);
      if (!variable) return escape(part);
      names.push(variable[1] as string);
      const segments = (variable[2] ?? "*").split(/(\*\*?)/);
      return `(${segments.map((segment) => wildcards[segment] ?? escape(segment)).join("")})`;
    })
    .join("");
  // The last segment without a verb holds no colon, or every method would match those with a verb.
  const expression = new RegExp(`^${pattern}${verb === "" ? "(?<!:[a-zA-Z]+)" : escape(verb)}$`);
  return (path) => {
    const values = expression.exec(path)?.slice(1);
    if (!values) return undefined;
    return Object.fromEntries(values.map((value, index): [string, string] => [names[index] ?? "", value]));
  };
}

const wildcards: Readonly<Record<string, string>> = { "*": "[^/]+?", "**": ".+?" };

/** Decodes a path segment by segment: clients encode `@` and `:` in names or not. @returns `undefined` for bad encoding. */
export function decodePath(path: string): string | undefined {
  try {
    return path.split("/").map(decodeURIComponent).join("/");
  } catch {
    return undefined;
  }
}

function escape(text: string): string {
  return text.replace(/[.+^$()|[\]\\?]/g, "\\$&");
}
