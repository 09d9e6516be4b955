import type { SameVisitor } from '@chatiq/contracts/visitor';

type Side = Pick<SameVisitor, 'id' | 'name' | 'email' | 'phone' | 'verified' | 'created_at'>;

/** Who of two should stand for both: the verified one, then who is known better, then who came first. */
export function betterKept(one: Side, other: Side): string {
	const rank = ({ verified, name, email, phone }: Side) =>
		(verified ? 10 : 0) + [name, email, phone].filter(Boolean).length;
	const lead = rank(one) - rank(other) || Date.parse(other.created_at) - Date.parse(one.created_at);
	return lead >= 0 ? one.id : other.id;
}
