import type postgres from 'postgres';
import type { Person, Visitor } from '../support/tenant.ts';

export interface Caller {
	role: 'anon' | 'authenticated';
	claims: Record<string, unknown>;
}

export const asOperator = ({ id }: Person): Caller => ({
	role: 'authenticated',
	claims: { role: 'authenticated', sub: id }
});

export function asVisitor({ session }: Visitor): Caller {
	const payload = session.token.split('.')[1] ?? '';
	const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
	return { role: 'anon', claims: claims as Record<string, unknown> };
}

/** Makes the rest of the transaction what the Data API would run for this caller. */
export async function become(
	transaction: postgres.TransactionSql | postgres.ReservedSql,
	{ role, claims }: Caller
): Promise<void> {
	await transaction`select set_config('role', ${role}, true),
		set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
}
