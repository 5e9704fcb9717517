// Three tones, made here. A browser stays silent until a key is pressed; the top line says so.
import { signal } from "../vendor/preact.js";
import { past } from "./past.js";

export const sounding = signal(false);
/** Percent of the loudest. What is set counts for this workplace, in all its windows; nothing is ever silent. */
export const LOUDNESS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
/** An emergency button is never softer than this. */
export const EMERGENCY = 60;
const USUAL = 50;
const LOUDEST = 0.32;
const KEPT = "mk.loudness";
export const loudness = signal(kept());
addEventListener("storage", (e) => { if (e.key === KEPT) loudness.value = kept(); });

function kept() {
  const n = Number(localStorage.getItem(KEPT));
  return LOUDNESS.includes(n) ? n : USUAL;
}

/** Set it for this workplace, and let it be heard. @param {number} percent */
export function setLoudness(percent) {
  localStorage.setItem(KEPT, String(percent));
  loudness.value = percent;
  tone("message");
}

/** How loud a tone is made, as a gain. @param {boolean} urgent of an emergency button */
export const gainOf = (urgent) => (LOUDEST * Math.max(loudness.peek(), urgent ? EMERGENCY : LOUDNESS[0])) / 100;
/** Whether this window is the one of its workplace that makes the sound. */
let ours = !navigator.locks;
/** @type {AudioContext | null} */
let audio = null;

/** Call from a key press or click. */
export function unlock() {
  audio ??= new AudioContext();
  audio.resume().then(() => {
    sounding.value = audio?.state === "running";
    // One window at a time holds it; when that one is closed, the next has it.
    if (sounding.value) navigator.locks?.request(past.peek() ? "meldkamer past sound" : "meldkamer sound", () => new Promise(() => (ours = true)));
  });
}

/** @type {Record<string, [number[], number]>} */
const TONES = { call: [[587, 784], 0.14], alarm: [[880, 1175, 880], 0.16], warn: [[660, 660], 0.12], message: [[440], 0.12] };

/** @param {"call" | "alarm" | "warn" | "message"} name @param {boolean} [urgent] of an emergency button */
export function tone(name, urgent = false) {
  if (past.peek() || !ours || !audio || audio.state !== "running") return;
  const [notes, length] = TONES[name];
  notes.forEach((pitch, n) => {
    if (!audio) return;
    const at = audio.currentTime + n * (length + 0.05);
    const pulse = audio.createOscillator();
    const volume = audio.createGain();
    pulse.frequency.value = pitch;
    volume.gain.setValueAtTime(gainOf(urgent), at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    pulse.connect(volume).connect(audio.destination);
    pulse.start(at);
    pulse.stop(at + length);
  });
}
