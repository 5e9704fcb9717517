// Handing a call on to another function: what goes along, and the act.
import { give } from "./commands.js";
import { draft } from "./drafts.js";
import { told } from "./questions.js";
import { speakingInWords, speakingOf } from "./speaking.js";
import { language, t } from "./words.js";

/** What goes along with a call that is handed on: the note, how to speak with the caller, and what was answered so far but for medical answers. @param {string} ref */
export function summaryOf(ref) {
  const { note = "", answers = [] } = draft(ref);
  const speaking = speakingInWords(speakingOf(ref));
  return [note, ...(speaking ? [t("speaking.in_summary", { what: speaking })] : []), ...told(answers, language.value, t)].filter(Boolean).join("\n").slice(0, 8000) || null;
}

/** Hand a call on to a function, with its summary. @param {string} ref @param {string} to */
export const transferCall = (ref, to) => give({ type: "transfer_call", call: ref, function: to, disciplines: to.split(".")[1] ?? "", summary: summaryOf(ref) });
