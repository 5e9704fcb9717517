// What a browser does with passkeys: whether it can, here; a signature at sign-in; a new key.
import { post } from "./api.js";

/** Whether this browser can do it at this address. @param {string} at the address at which passkeys open */
export const here = (at) => Boolean(at) && location.origin === at && "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Let a passkey sign what the room asks; null when its owner did not. @returns {Promise<any>} */
export async function signed() {
  const asked = await post("/api/sign-in/passkey/ask", {});
  return answered(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) }));
}

/** Let a device make a key as the room asks; null when its owner did not. @param {any} asked @returns {Promise<any>} */
export const made = (asked) => answered(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) }));

/** @param {() => Promise<Credential | null>} ask */
async function answered(ask) {
  try {
    return /** @type {any} */ (await ask())?.toJSON() ?? null;
  } catch (error) {
    // Not allowed, too late, no such key, or one that is there already: the browser has told its owner.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
