/**
 * Tests that repeat something, or move much, do so in full under `npm run test:volume`, as CI demands. Under `npm test` a share
 * of it must do: one that is large enough to show a fault that is there each time.
 */
export function volume<T>({ full, share }: { readonly full: T; readonly share: T }): T {
  return process.env["RUNPASS_TEST_VOLUME"] === "full" ? full : share;
}
