import * as z from 'zod/mini';
import type { ListedConversation } from './conversation.ts';
import type { Message } from './message.ts';
import type { PublicSite } from './site.ts';

/** `pk_` and 24 characters of base58: public, printed in the install snippet. */
export const SiteKey = z.string().check(z.regex(/^pk_[1-9A-HJ-NP-Za-km-z]{24}$/));

/**
 * Body of `visitor-session` and `boot`, sent as `text/plain` so that no CORS preflight is needed.
 * `identity` is a JWT (HS256) signed by the customer's server with the site's identity secret.
 */
export const SessionRequest = z.strictObject({
	site_key: SiteKey,
	refresh_token: z.optional(z.string().check(z.minLength(20), z.maxLength(128))),
	identity: z.optional(z.string().check(z.minLength(1), z.maxLength(4096)))
});
export type SessionRequest = z.infer<typeof SessionRequest>;

/** A visitor's session: the token goes into `Authorization: Bearer`, never into a URL. */
export interface VisitorSession {
	/** JWT with role `anon` and claims `visitor_id`, `site_id`, `organization_id`; lives an hour at most. */
	token: string;
	/** Seconds the token lives from now, so that a wrong clock on the device does not matter. */
	expires_in: number;
	/** Rotates with every use; the newest one replaces what the browser kept. */
	refresh_token: string;
	visitor_id: string;
	site_id: string;
	organization_id: string;
	/** The identity was signed by the customer's server. */
	verified: boolean;
	/** The project's publishable key, for the `apikey` header of the Data API and Realtime. */
	publishable_key: string;
}

/** Answer of `boot`: all that a returning visitor's widget needs, in one round trip. */
export interface Boot {
	site: PublicSite;
	/** Null when there was no usable refresh token: the browser forgets it and starts as a passer-by. */
	session: VisitorSession | null;
	/** The conversation the visitor was in last, with its last 30 messages, oldest first. */
	conversation: (ListedConversation & { messages: Message[] }) | null;
	/** Of how many the visitor's list consists. */
	conversation_count: number;
	/** Messages of the team that the visitor has not read, in all conversations, 100 at most. */
	unread_count: number;
}

/** Body of functions that need none, as `remove-files`. */
export const Nothing = z.strictObject({});
