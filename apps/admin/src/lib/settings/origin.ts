const form =
	/^https?:\/\/((\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?$/i;

/** What somebody typed or pasted as the address of a website, as `sites.allowed_origins` keeps it; null when it is none. */
export function cleanOrigin(typed: string): string | null {
	const text = typed.trim();
	if (text === '*') return text;
	const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
	// The path goes, as pasted addresses have one.
	const origin = /^[^/]+\/\/[^/?#]*/.exec(address)?.[0].toLowerCase() ?? '';
	return text !== '' && form.test(origin) ? origin : null;
}
