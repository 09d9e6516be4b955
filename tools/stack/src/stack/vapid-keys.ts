import type postgres from 'postgres';

/**
 * The key pair by which push services know this project (RFC 8292). It lies in the database and goes with its backups:
 * a browser's subscription is good only for the key that it was made with.
 */
export async function keepVapidKeys(sql: postgres.Sql): Promise<void> {
	const [table] = await sql`select to_regclass('private.settings') is not null as there`;
	if (table?.['there'] !== true) return;
	const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
		'sign',
		'verify'
	]);
	const point = await crypto.subtle.exportKey('raw', keys.publicKey);
	const { d } = await crypto.subtle.exportKey('jwk', keys.privateKey);
	const value = JSON.stringify({ public: Buffer.from(point).toString('base64url'), private: d });
	await sql`
		insert into private.settings (key, value) values ('vapid_keys', ${value})
		on conflict (key) do nothing`;
}
