import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify, SignJWT } from 'jose';
import { startFunctions, type Functions, type FunctionsOptions } from '../../src/functions.ts';

const key = new TextEncoder().encode('a secret that only these tests know about');

export interface FunctionsServer {
	/** Ends in the prefix of functions. */
	url: string;
	functions: Functions;
	log: string[];
	close: () => Promise<void>;
}

/** The functions of a project behind a real server, without the rest of the stack. */
export async function serveFunctions(
	root: string,
	options: Partial<FunctionsOptions> = {}
): Promise<FunctionsServer> {
	const log: string[] = [];
	const functions = startFunctions({
		root,
		env: {},
		verifyToken: (jwt) => jwtVerify(jwt, key),
		log: (line) => log.push(line),
		...options
	});
	const server = createServer(functions.handle);
	server.on('upgrade', functions.upgrade);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1`,
		functions,
		log,
		close: async () => {
			server.closeAllConnections();
			server.close();
			await functions.close();
		}
	};
}

export function token(expiresAt: string): Promise<string> {
	return new SignJWT({ role: 'authenticated' })
		.setProtectedHeader({ alg: 'HS256' })
		.setExpirationTime(expiresAt)
		.sign(key);
}
