export type Env = (name: string) => string | undefined;

/** A mail whose parts are clean: addresses are addresses, and what goes into headers has one line. */
export interface Letter {
	from: string;
	fromName: string;
	to: string;
	replyTo: string | undefined;
	key: string;
	subject: string;
	text: string;
	html: string;
	headers: Record<string, string>;
}

/** Hands a mail over once, or throws a JobFailure that says whether another try can help. */
export type Transport = (letter: Letter) => Promise<void>;
