// What waits for a second administrator.
import { signal } from "../../vendor/preact.js";
import { get } from "../api.js";

/** @typedef {{id: string, kind: string, name: string, display: string, machine: boolean, roles: string[], scopes: string[], by: string, at: number, until: number, reason: string, may_confirm: boolean}} Asked */

/** What was told the last time; null before. @type {import("../../vendor/preact.js").Signal<{waiting: Asked[], others: number} | null>} */
export const confirming = signal(null);

let newest = 0;

/** Ask now; an answer that was overtaken is dropped. Raises Problem and Lost. */
export async function askConfirm() {
  const mine = ++newest;
  const found = await get("/api/admin/confirm");
  if (mine === newest) confirming.value = found;
}
