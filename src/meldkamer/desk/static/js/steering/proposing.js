// Forms that write the same files as a planner would, as proposals: a party's judgement, a change with its reason.
import { html } from "../../vendor/preact.js";

/** @param {{risk: any, data: any}} props */
export function JudgeForm({ risk, data }) {
  return html``;
}

/** @param {{item: any, data: any}} props */
export function ChangeForm({ item, data }) {
  return html``;
}
