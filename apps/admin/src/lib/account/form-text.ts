/** A text field of a posted form, without spaces around it; empty when it is missing or a file. */
export function formText(form: FormData, name: string): string {
	const value = form.get(name);
	return typeof value === 'string' ? value.trim() : '';
}

/** As it was typed: spaces belong to a password. */
export function formPassword(form: FormData, name = 'password'): string {
	const value = form.get(name);
	return typeof value === 'string' ? value : '';
}
