import type { Need } from '@chatiq/contracts/embed';

/** What a pasted policy lacks; empty when the widget may run under it. */
export function missingIn(policy: string, needs: readonly Need[]): Need[] {
	const directives = parsePolicy(policy);
	return needs.flatMap((need) => {
		const listed = listedFor(need.directive, directives);
		if (!listed || (need.directive === 'script-src' && listed.includes(strictDynamic))) return [];
		const sources = need.sources.filter((source) => !listed.some((entry) => allows(entry, source)));
		return sources.length > 0 ? [{ ...need, sources }] : [];
	});
}

/** Whether browsers ignore the addresses of scripts that a policy lists: its tags need a nonce then. */
export const trustsNonces = (policy: string): boolean =>
	listedFor('script-src', parsePolicy(policy))?.includes(strictDynamic) ?? false;

const strictDynamic = "'strict-dynamic'";

const listedFor = (directive: Need['directive'], directives: ReadonlyMap<string, string[]>) =>
	(directive === 'script-src' ? directives.get('script-src-elem') : undefined) ??
	directives.get(directive) ??
	directives.get('default-src');

function parsePolicy(policy: string): Map<string, string[]> {
	const directives = new Map<string, string[]>();
	for (const part of policy.replace(/^\s*content-security-policy\s*:/i, '').split(/[;\n]/)) {
		const [name, ...sources] = part.trim().split(/\s+/);
		// Of a directive that stands twice, browsers take the first.
		if (name && !directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), sources);
	}
	return directives;
}

function allows(entry: string, source: string): boolean {
	if (source === 'blob:') return entry === 'blob:';
	if (entry === '*') return true;
	const wanted = new URL(source);
	if (/^[a-z][a-z\d+.-]*:$/i.test(entry)) return entry.toLowerCase() === wanted.protocol;
	const [, scheme, host = '', port] =
		/^(?:([a-z][a-z\d+.-]*):\/\/)?(\[[^\]]*\]|[^/:]+)(?::(\d+|\*))?(?:\/.*)?$/i.exec(entry) ?? [];
	if (scheme !== undefined && !schemeFits(`${scheme.toLowerCase()}:`, wanted.protocol))
		return false;
	if (port !== undefined ? port !== '*' && port !== portOf(wanted) : wanted.port !== '')
		return false;
	return host.startsWith('*.')
		? wanted.hostname.endsWith(host.slice(1).toLowerCase())
		: host.toLowerCase() === wanted.hostname;
}

/** What is listed insecurely is good for its secure form too. */
const schemeFits = (listed: string, wanted: string): boolean =>
	listed === wanted ||
	(listed === 'http:' && wanted === 'https:') ||
	(listed === 'ws:' && wanted === 'wss:');

const portOf = (url: URL): string =>
	url.port || (url.protocol === 'https:' || url.protocol === 'wss:' ? '443' : '80');
