import { expect } from '@playwright/test';
import type { Backend } from './backend.ts';
import { mailsTo } from './mailbox.ts';

/** The link of the newest mail to an address that leads to this part of the console. */
export async function linkTo(backend: Backend, address: string, path: string): Promise<string> {
	let link: string | undefined;
	await expect
		.poll(async () => {
			const mail = (await mailsTo(backend, address)).at(-1);
			link = [...(mail?.html ?? '').matchAll(/href="([^"]+)"/g)]
				.map(([, href]) => href?.replaceAll('&amp;', '&'))
				.find((href) => href?.includes(path));
			return link;
		})
		.toBeDefined();
	return link ?? '';
}
