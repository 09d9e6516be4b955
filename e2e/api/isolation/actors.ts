/**
 * Who asks. Organisation A has two sites; the operator is assigned to the first, all visitors are there.
 * To add an actor: here, a token in world.ts, and a column in every grid (the parser names the grids that lack it).
 */
export const actors = {
	own: 'owner of A',
	adm: 'admin of A',
	opr: 'operator of A, assigned to the first site',
	una: 'operator of A, assigned to no site',
	ver: 'verified visitor of the first site',
	unv: 'unverified visitor of the first site',
	oth: 'another visitor of the first site',
	blk: 'blocked visitor of the first site, with the token of before',
	pas: 'passer-by: the publishable key and no token',
	str: 'stranger: owner of organisation B',
	rem: 'removed from A, with the token of before',
	svc: 'the service role'
} as const;

export type Actor = keyof typeof actors;

export const actorCodes = Object.keys(actors) as Actor[];

/** One of each kind, for what the grids have asked everybody about, and for rights of roles. */
export const oneOfEachKind: readonly Actor[] = ['own', 'opr', 'ver', 'pas', 'rem', 'str'];

/** Everybody but the service: those who reach the API from outside. */
export const clients = actorCodes.filter((actor) => actor !== 'svc');
