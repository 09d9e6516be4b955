import bcrypt from 'bcryptjs';
import { AuthError } from './auth-error.ts';
import type { AuthConfig } from './config.ts';

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~';

/** Of each of these a password must hold at least one character. */
const requirements: Record<AuthConfig['password_requirements'], string[]> = {
	'': [],
	letters_digits: [lower + upper, digits],
	lower_upper_letters_digits: [lower, upper, digits],
	lower_upper_letters_digits_symbols: [lower, upper, digits, symbols]
};

// bcrypt reads no further; a longer password would match all that begin alike.
const longest = 72;

export function checkStrength(password: string, config: AuthConfig): void {
	if (Buffer.byteLength(password) > longest) {
		throw new AuthError(
			400,
			'validation_failed',
			`Password cannot be longer than ${longest} characters`
		);
	}
	const { reasons, messages } = weaknesses(password, config);
	if (reasons.length === 0) return;
	throw new AuthError(422, 'weak_password', messages.join(' '), { weak_password: { reasons } });
}

export function weaknesses(
	password: string,
	config: AuthConfig
): { reasons: string[]; messages: string[] } {
	const reasons: string[] = [];
	const messages: string[] = [];
	if (password.length < config.minimum_password_length) {
		reasons.push('length');
		messages.push(`Password should be at least ${config.minimum_password_length} characters.`);
	}
	const sets = requirements[config.password_requirements];
	if (!sets.every((set) => Array.from(password).some((character) => set.includes(character)))) {
		reasons.push('characters');
		messages.push(`Password should contain at least one character of each: ${sets.join(', ')}.`);
	}
	return { reasons, messages };
}

export function hashPassword(password: string): Promise<string> {
	return bcrypt.hash(password, 10);
}

/** As slow for somebody who has none: the time must not tell who is registered. */
export async function passwordMatches(password: string, hash: string | null): Promise<boolean> {
	if (hash === null || hash === '') {
		await bcrypt.hash(password, 10);
		return false;
	}
	return bcrypt.compare(password, hash);
}
