import type { ErrorBody, ErrorCode } from '@chatiq/contracts/errors';

/** What the customer's developer should know, and no visitor can do anything about. */
export type Complaint =
	| { twice: true }
	/** A call of `chtq` that there is not. */
	| { method: string }
	/** Options with values that they cannot have, which were left out. */
	| { senseless: Partial<Record<string, unknown>> }
	/** The server's code. */
	| { refusal: string }
	/** All that it has answered. */
	| Partial<ErrorBody>;

const options: Partial<Record<string, string>> = {
	language: 'it is uk, en or auto',
	position: 'it is left or right',
	size: 'it is compact, standard or large',
	theme: 'it is light, dark or auto',
	color: 'it is a CSS color',
	apiUrl: 'it is a URL',
	storageConsent: 'it is “needed”, or nothing at all'
};

const refusals: Partial<Record<string, string>> = {
	site_not_found:
		'No site has this site key: it is “pk_” and 24 letters or digits. Copy the snippet from the console once more.',
	origin_not_allowed: 'This origin is not allowed. Add it to the site in the console.',
	identity_invalid:
		'The token given to identify() is expired, or not signed with the identity secret of this site.',
	identity_required: 'This site only takes visitors whom identify() vouches for.'
} satisfies Partial<Record<ErrorCode, string>>;

const said = new Set<string>();

/** Each problem once, in the browser's console. */
export function start(complaint: Complaint): void {
	for (const problem of problemsOf(complaint)) {
		if (said.has(problem)) continue;
		said.add(problem);
		console.warn(`[ChatIQ] ${problem}`);
	}
}

function problemsOf(complaint: Complaint): string[] {
	if ('twice' in complaint)
		return ['The widget is included twice on this page; the second one does nothing.'];
	if ('method' in complaint) return [`chtq has no method ${complaint.method}.`];
	if ('senseless' in complaint) {
		return Object.entries(complaint.senseless).map(
			([name, value]) => `The option ${name} cannot be “${String(value)}”: ${options[name] ?? ''}.`
		);
	}
	// Storage has words of its own for a file that is not there.
	const code =
		'refusal' in complaint ? complaint.refusal : (complaint.error?.code ?? 'site_not_found');
	// What else the server refuses is shown to the visitor, and told here by its code.
	return [refusals[code] ?? `The server has refused: ${code}.`];
}
