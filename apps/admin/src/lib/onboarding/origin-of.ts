/** The origin behind what somebody typed as the address of their website; null when it is none. */
export function originOf(typed: string): string | null {
	const text = typed.trim();
	if (text === '') return null;
	const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `${schemeFor(text)}://${text}`;
	if (!URL.canParse(withScheme)) return null;
	const url = new URL(withScheme);
	if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
	const named = url.hostname === 'localhost' || url.hostname.includes('.') || isAddress(url);
	return named && url.username === '' ? url.origin : null;
}

/** What runs on the developer's own machine has no certificate. */
const schemeFor = (text: string): string =>
	/^(localhost|127\.|\[::1\])/i.test(text) ? 'http' : 'https';

const isAddress = ({ hostname }: URL): boolean => hostname.startsWith('[');
