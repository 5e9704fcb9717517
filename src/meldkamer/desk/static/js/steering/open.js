// A name that leads to its record in the register, where it can be changed.
import { html } from "../../vendor/preact.js";
import { openRecord } from "./store.js";

/** @param {{kind: string, id: string, children?: any}} props */
export const Open = ({ kind, id, children }) => html`<button class="plain" onClick=${() => openRecord(kind, id)}>${children}</button>`;
