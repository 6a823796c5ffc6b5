/**
 * Types for the function that the Porchlight script puts on `window`. What each does is in porchlight.js's header.
 *
 *   /// <reference path="porchlight.d.ts" />
 *   const off = window.Porchlight?.("on", "unread", ({ count }) => showDot(count > 0));
 */

export interface PorchlightEvents {
  /** The launcher is on the page. State: a late subscriber gets it at once. */
  ready: Record<string, never>;
  /** The panel has opened. State, as long as it is open. */
  open: Record<string, never>;
  /** The panel has closed. State, as long as it is closed; not sent before it was open once. */
  close: Record<string, never>;
  /** The number of messages that the visitor has not read. State, once the chat has reported it. */
  unread: { count: number };
  /** A new message in one of the visitor's conversations, without its text. */
  message: { author: "agent" | "bot" | "visitor" };
  /** The visitor has begun a conversation. */
  "conversation-started": Record<string, never>;
}

/** What a page tells of its visitor. `null` removes what it has told before; what is absent stays. */
export interface PorchlightPerson {
  /** The id that the site's own back end has for the person. */
  id?: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  /** Up to 50; keys of a–z, 0–9 and _. */
  attributes?: Record<string, string | number | boolean | null>;
  /** HMAC-SHA256 of `id` by a secret of the site, in hexadecimal, made by the site's back end. */
  hash?: string;
  /** A signed JWT, if the site's settings say so, in place of `hash`. */
  jwt?: string;
  /** A BCP 47 tag. */
  language?: string;
  /** Such as "Europe/Berlin". */
  time_zone?: string;
  /** The address of the page that led to the site. */
  referrer?: string;
}

export interface Porchlight {
  /** None of these moves the focus: only the visitor's own click on the launcher does. */
  (verb: "open" | "close" | "toggle" | "destroy"): void;
  /** Switches the language, as a BCP 47 tag: drafts and the conversation stay. Without one: the page's language. */
  (verb: "setLocale", language?: string | null): void;
  /** Opens the chat and begins a conversation: with this bot, or with an empty field for the team. */
  (verb: "startConversation", start?: { bot?: string }): void;
  /** Says who the visitor is. It is told to the server once the chat is needed. */
  (verb: "identify", person: PorchlightPerson): void;
  /** Forgets the visitor on this browser: key, drafts and messages that are not sent yet. */
  (verb: "logout"): void;
  /** Returns a function that unsubscribes; nothing, if the script has not loaded yet and the call is only queued. */
  <Name extends keyof PorchlightEvents>(
    verb: "on",
    event: Name,
    listener: (detail: PorchlightEvents[Name]) => void,
  ): (() => void) | undefined;
  /** An event of a newer chat. */
  (verb: "on", event: string, listener: (detail: unknown) => void): (() => void) | undefined;
  /** Calls that wait for the script. */
  q?: ArrayLike<unknown>[];
  /** The site's key, while the script is at work. */
  readonly site?: string | false;
  /** The host element, once it is on the page. */
  readonly host?: HTMLElement;
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
    "porchlight:message": CustomEvent<PorchlightEvents["message"]>;
    "porchlight:conversation-started": CustomEvent<PorchlightEvents["conversation-started"]>;
  }
  interface HTMLElementTagNameMap {
    "porchlight-chat": HTMLElement;
  }
}
