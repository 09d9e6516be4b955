/** The origin behind what somebody typed as the address of their website; null when it is none. */
export function originOf(typed: string): string | null {
	const text = typed.trim();
	const complete = /^[a-z][a-z\d+.-]*:\/\//i.test(text);
	const address = complete ? text : `${schemeFor(text)}://${text}`;
	if (text === '' || !URL.canParse(address)) return null;
	const { protocol, hostname, username, origin } = new URL(address);
	if (protocol !== 'http:' && protocol !== 'https:') return null;
	// A single word is a name of somebody's own network only when it was written as an address.
	const named = complete || hostname === 'localhost' || /[.[]/.test(hostname);
	return named && username === '' && !hostname.includes('*') ? origin : null;
}

/** The same for `sites.allowed_origins`, which may be a pattern: `https://*.shop.example`, or `*` for all. */
export function cleanOrigin(typed: string): string | null {
	const text = typed.trim();
	if (text === '*') return text;
	const [, scheme, rest] = /^(https?:\/\/)?\*\.(.+)$/i.exec(text) ?? [];
	if (rest === undefined) return originOf(text);
	return originOf((scheme ?? '') + rest)?.replace('://', '://*.') ?? null;
}

/** What runs on the developer's own machine has no certificate. */
const schemeFor = (text: string): string =>
	/^(localhost|127\.|\[::1\])/i.test(text) ? 'http' : 'https';
