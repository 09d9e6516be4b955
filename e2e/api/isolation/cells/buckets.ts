import { randomUUID } from 'node:crypto';
import type { BucketCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { avatarBucket } from './account.ts';
import { attachmentBucket, incomingBucket } from './attachments.ts';

const serviceOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     -   -   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   -   -   +`;

/** A public bucket: whoever knows the name of a file reads it. */
const everybody = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   +   +   +   +   +   +   +   +   +   +
	foreign   +   +   +   +   +   +   +   +   +   +   +   +`;

const siteAdmins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +`;

/** A site that nobody has. */
const guessed = randomUUID();

export const bucketCells: Record<string, BucketCells> = {
	attachments: attachmentBucket,
	incoming: incomingBucket,
	avatars: avatarBucket,
	logos: {
		public: true,
		path: ({ a, b }, place) =>
			`${place === 'guessed' ? guessed : place === 'foreign' ? b.site.id : a.site.id}/logo.json`,
		type: 'image/png',
		list: siteAdmins,
		read: everybody,
		sign: siteAdmins,
		upload: siteAdmins,
		// A new logo gets a new name, so that nobody sees the old one from a cache.
		overwrite: serviceOnly,
		remove: siteAdmins
	},
	'site-files': {
		public: true,
		path: ({ a, b }, place) => `${place === 'foreign' ? b.site.site_key : a.site.site_key}.json`,
		type: 'application/json',
		list: serviceOnly,
		read: everybody,
		sign: serviceOnly,
		upload: serviceOnly,
		overwrite: serviceOnly,
		remove: serviceOnly
	}
};
