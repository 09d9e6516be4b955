import { join } from 'node:path';
import type { Step } from '../step.ts';
import { PublicBucket, readFiles } from '../storage.ts';

export const widgetBucket = 'widget';
/** How long a website keeps an old loader after a deployment. */
const loaderCache = 'public, max-age=300';
/** Named by their content: such a file never changes. */
const chunkCache = 'public, max-age=31536000, immutable';

/**
 * Chunks first, the loader that names them last; old chunks stay for pages whose loader is older. In
 * the project's own Storage the loader's origin is the API's, which is how it finds the API.
 */
export const widget: Step = {
	name: 'Widget',
	async look(deployment) {
		const bucket = new PublicBucket(widgetBucket, deployment);
		const files = readFiles(join(deployment.options.root, 'apps/widget/dist'))
			.map((file) => ({
				...file,
				cacheControl: file.path === 'widget.js' ? loaderCache : chunkCache
			}))
			.sort((a, b) => Number(a.path === 'widget.js') - Number(b.path === 'widget.js'));
		if (!files.some(({ path }) => path === 'widget.js'))
			throw new Error('apps/widget/dist holds no widget.js: npm run build');
		const exists = await bucket.exists();
		const missing: typeof files = [];
		for (const file of files) if (!exists || !(await bucket.holds(file))) missing.push(file);
		return {
			changes: [
				...(exists ? [] : [`create the public bucket ${widgetBucket}`]),
				...missing.map(({ path }) => `publish ${path}`)
			],
			apply: async () => {
				if (!exists) await bucket.create();
				for (const file of missing) await bucket.upload(file);
			}
		};
	}
};
