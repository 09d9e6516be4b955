import type { MailFile } from './mail-file.ts';

/** A mail as a provider hands it over. */
export interface InboundMail {
	kind: 'mail';
	/** The Message-ID, or what the provider calls the mail; null when there is neither. */
	id: string | null;
	from: string;
	/** Return path; empty for machines that want no answer. Null when the provider does not tell. */
	envelopeFrom: string | null;
	to: string[];
	subject: string;
	text: string;
	html: string;
	/** By names in small letters; of repeated ones the first. */
	headers: ReadonlyMap<string, string>;
	/** All of them, also pictures that stand within the text. */
	files: MailFile[];
}

/** A mail of ours that did not arrive for good, or that somebody called spam. */
export interface Bounce {
	kind: 'bounce';
	reason: 'bounce' | 'complaint';
	email: string;
	/** Of the mail, as the worker gave it; null when the provider lost it. */
	key: string | null;
	detail: string;
}

export type InboundEvent = InboundMail | Bounce;

export type Env = (name: string) => string | undefined;

/** Reads what one provider posts, after its signature was checked. */
export type Provider = (request: Request, env: Env) => Promise<InboundEvent[]>;

/** Not signed by whom it claims to come from, or this provider is not set up. */
export class NotSigned extends Error {
	override readonly name = 'NotSigned';
}

export class Unreadable extends Error {
	override readonly name = 'Unreadable';
}

/** `Ann <ann@x.test>` → `ann@x.test`. */
export function addressOf(written: string): string {
	const inBrackets = /<([^<>]*)>\s*$/.exec(written)?.[1] ?? written;
	return inBrackets.trim().toLowerCase();
}

export function headerMap(headers: Iterable<readonly [string, string]>): Map<string, string> {
	const map = new Map<string, string>();
	for (const [name, value] of headers) {
		const key = name.toLowerCase();
		if (!map.has(key)) map.set(key, value);
	}
	return map;
}

/** The id of a job of ours, in whatever a provider kept of it. */
export function keyIn(value: unknown): string | null {
	const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
	return typeof value === 'string' ? (uuid.exec(value)?.[0].toLowerCase() ?? null) : null;
}
