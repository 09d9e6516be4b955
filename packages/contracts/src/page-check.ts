import * as z from 'zod/mini';

export const PageCheckRequest = z.strictObject({
	site_id: z.uuid(),
	/** An http(s) address of a page that should have the chat. */
	url: z.string().check(z.maxLength(2000))
});
export type PageCheckRequest = z.infer<typeof PageCheckRequest>;

/** Why a page could not be looked at. `private`: its address is no public one, so it is not asked. */
export type PageFailure =
	'address' | 'unknown_name' | 'private' | 'slow' | 'redirects' | 'connection';

/** What stands on a page: the site's key, a former one that is still good, one that is not, that of another site, or none. */
export type PageCode = 'found' | 'retiring' | 'retired' | 'other' | 'missing';

/** What the function `check-page` has seen; what it means for the chat, the console says. */
export interface LoadedPage {
	/** Where redirects have led. */
	url: string;
	status: number;
	origin_allowed: boolean;
	code: PageCode;
	/** Every Content-Security-Policy, of headers and of the page itself. */
	policies: string[];
}

/** Answer of `check-page`. */
export type PageCheck = { failure: PageFailure } | { page: LoadedPage };
