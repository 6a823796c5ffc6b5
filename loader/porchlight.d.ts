/**
 * Types for the function that the Porchlight script puts on `window`. What each does is in porchlight.js's header.
 *
 *   /// <reference path="porchlight.d.ts" />
 *   const off = window.Porchlight?.("on", "unread", ({ count }) => showDot(count > 0));
 */

export interface PorchlightEvents {
  /** The launcher is on the page. State: a late subscriber is told at once. */
  ready: Record<string, never>;
  /** The panel has opened. State, as long as it is open. */
  open: Record<string, never>;
  /** The panel has closed. State, as long as it is closed; not told before it was open once. */
  close: Record<string, never>;
  /** How many messages the visitor has not read. State, once the chat has said so. */
  unread: { count: number };
}

export interface Porchlight {
  (verb: "open" | "close" | "toggle" | "destroy"): void;
  /** Returns a function that unsubscribes; nothing, if the script has not loaded yet and the call is only queued. */
  <Name extends keyof PorchlightEvents>(
    verb: "on",
    event: Name,
    listener: (detail: PorchlightEvents[Name]) => void,
  ): (() => void) | undefined;
  /** Any other event that the chat tells the page, such as "message". */
  (verb: "on", event: string, listener: (detail: unknown) => void): (() => void) | undefined;
  /** Calls that wait for the script. */
  q?: ArrayLike<unknown>[];
  /** The site's key, while the script is at work. */
  readonly site?: string | false;
}

declare global {
  interface Window {
    Porchlight?: Porchlight;
  }
  interface WindowEventMap {
    "porchlight:ready": CustomEvent<PorchlightEvents["ready"]>;
    "porchlight:open": CustomEvent<PorchlightEvents["open"]>;
    "porchlight:close": CustomEvent<PorchlightEvents["close"]>;
    "porchlight:unread": CustomEvent<PorchlightEvents["unread"]>;
  }
  interface HTMLElementTagNameMap {
    "porchlight-chat": HTMLElement;
  }
}
