import { randomUUID } from 'node:crypto';
import type { TopicCells } from '../cells.ts';
import { grid } from '../grid.ts';
import type { World } from '../world.ts';

/** Realtime asks the policies, which the service passes over. */
const nobody = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       -   -   -   -   -   -   -   -   -   -   -   +
	unv       -   -   -   -   -   -   -   -   -   -   -   +
	blk       -   -   -   -   -   -   -   -   -   -   -   +
	second    -   -   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   -   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

const participants = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       +   +   +   -   +   -   -   -   -   -   -   +
	unv       +   +   +   -   -   +   -   -   -   -   -   +
	blk       +   +   +   -   -   -   -   -   -   -   -   +
	second    +   +   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

const operators = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       +   +   +   -   -   -   -   -   -   -   -   +
	unv       +   +   +   -   -   -   -   -   -   -   -   +
	blk       +   +   +   -   -   -   -   -   -   -   -   +
	second    +   +   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

const nobodyOnSites = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     -   -   -   -   -   -   -   -   -   -   -   +
	second    -   -   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   -   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

const operatorsOfSites = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   +   -   -   -   -   -   -   -   -   +
	second    +   +   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

const nobodyToUsers = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	own       -   -   -   -   -   -   -   -   -   -   -   +
	opr       -   -   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   -   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

/** The public settings of a site change for everybody. */
const everybody = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   +   +   +   +   +   +   +   +   +   +
	second    +   +   +   +   +   +   +   +   +   +   +   +
	foreign   +   +   +   +   +   +   +   +   +   +   +   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   +`;

const conversation =
	(ending: string) =>
	({ thread }: World, place: string): string =>
		`conversation:${thread(place).id}${ending}`;

const site =
	(prefix: string) =>
	({ thread }: World, place: string): string =>
		`${prefix}:${thread(place === 'first' ? 'ver' : place).site}`;

export const topicCells: Record<string, TopicCells> = {
	'conversation:<id>': {
		topic: conversation(''),
		listen: participants,
		send: nobody,
		present: nobody
	},
	'conversation:<id>:typing': {
		topic: conversation(':typing'),
		listen: participants,
		send: participants,
		present: nobody
	},
	'conversation:<id>:team': {
		topic: conversation(':team'),
		listen: operators,
		send: operators,
		present: operators
	},
	'inbox:<site_id>': {
		topic: site('inbox'),
		listen: operatorsOfSites,
		send: nobodyOnSites,
		present: nobodyOnSites
	},
	'site:<site_id>': {
		topic: site('site'),
		listen: everybody,
		send: nobodyOnSites,
		present: nobodyOnSites
	},
	'user:<user_id>': {
		topic: ({ people }, place) =>
			`user:${{ own: people.own.id, opr: people.opr.id, foreign: people.str.id }[place] ?? randomUUID()}`,
		listen: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   -   -   -   -   -   -   -   -   -   -   +
			opr       -   -   +   -   -   -   -   -   -   -   -   +
			foreign   -   -   -   -   -   -   -   -   -   +   -   +
			guessed   -   -   -   -   -   -   -   -   -   -   -   +`,
		send: nobodyToUsers,
		present: nobodyToUsers
	}
};
