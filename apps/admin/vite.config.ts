import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { chunkGroups } from './chunks.ts';
import { leanBackend } from './lean-backend.ts';
import { leanIcons } from './lean-icons.ts';

// Read at run time; Kit's look at the finished routes only wants them to be there.
process.env['SUPABASE_URL'] ??= 'http://build.invalid';
process.env['SUPABASE_PUBLISHABLE_KEY'] ??= 'build';

export default defineConfig({
	environments: {
		client: {
			build: {
				rolldownOptions: {
					output: {
						codeSplitting: { groups: chunkGroups() }
					}
				}
			}
		}
	},
	plugins: [
		leanBackend(),
		leanIcons(),
		tailwindcss(),
		sveltekit({
			adapter: adapter(),
			compilerOptions: {
				runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true)
			},
			// `connect-src` names the Supabase project, known at run time only: hooks.server.ts adds it.
			csp: {
				mode: 'nonce',
				directives: {
					'default-src': ['self'],
					'script-src': ['self'],
					'style-src': ['self'],
					'style-src-attr': ['unsafe-inline'],
					'img-src': ['self', 'data:', 'https:'],
					'font-src': ['self'],
					'object-src': ['none'],
					'base-uri': ['self'],
					'form-action': ['self'],
					'frame-ancestors': ['none']
				}
			},
			// Kit compares schemes, and adapter-node cannot know the one in front of it: hooks.server.ts checks hosts.
			csrf: { trustedOrigins: ['*'] }
		})
	]
});
