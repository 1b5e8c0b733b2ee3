/** What a process knows of its surroundings. Passed in from `cli/`, so that a test can give another. */
export interface Environment {
  /** Environment variables. An empty value counts as unset: read them with {@link readVariable}. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
}

/** The value of an environment variable, or `undefined` when it is unset or empty. */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment.variables[name];
  return value === undefined || value === "" ? undefined : value;
}
