// What a visitor's browser tells is only text: `Intl` throws on nonsense, and an address may be a script.

export function safeTimeZone(value: string | null): string | null {
	return valid(value, (timeZone) => new Intl.DateTimeFormat('en', { timeZone }));
}

export function safeLanguage(value: string | null): string | null {
	return valid(value, (language) => Intl.getCanonicalLocales(language));
}

/** The address, if it is one of the web. */
export function webHref(value: string | null): string | null {
	if (value === null || !URL.canParse(value)) return null;
	const { protocol, href } = new URL(value);
	return protocol === 'https:' || protocol === 'http:' ? href : null;
}

/** Where an address leads on its site: the path, or the host of a front page. */
export function pageName(url: string): string {
	if (!URL.canParse(url)) return url;
	const { host, pathname } = new URL(url);
	return pathname === '/' ? host : decoded(pathname);
}

function decoded(path: string): string {
	try {
		return decodeURI(path);
	} catch {
		return path;
	}
}

function valid(value: string | null, use: (value: string) => unknown): string | null {
	if (!value) return null;
	try {
		use(value);
		return value;
	} catch {
		return null;
	}
}
