import { namesIn, variables } from '#lib/inbox/composer/variables.ts';

/** The first variable of a text that nothing can fill in. */
export function unknownVariable(text: string): string | undefined {
	return namesIn(text).find((name) => !variables.some((known) => known === name));
}
