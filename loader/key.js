/** A new visitor's key: 256 random bits in hexadecimal, as the chat makes them. */
export const minted = () => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
