const hidden = '[hidden]';

/** Each replaces what lets somebody in; what is left still tells which request it was. */
const secrets: [pattern: RegExp, replacement: string][] = [
	[/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, hidden],
	[/\bsb_(secret|publishable)_[\w-]+/g, `sb_$1_${hidden}`],
	[/\b(postgres(?:ql)?:\/\/[^:@/\s]+):[^@\s]+@/g, `$1:${hidden}@`],
	[/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`],
	[
		/([?&](?:apikey|token|token_hash|access_token|refresh_token|code|password|secret)=)[^&\s"']+/gi,
		`$1${hidden}`
	],
	[
		/("?(?:apikey|authorization|password|secret|refresh_token|access_token)"?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;}&]+)/gi,
		`$1${hidden}`
	]
];

/** A log is read by more people than may sign in as others: keys, tokens and passwords do not get in. */
export function redact(text: string): string {
	return secrets.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), text);
}
