import { embedCode } from '@chatiq/contracts/embed';

export const platforms = [
	...(['html', 'react', 'vue', 'svelte'] as const),
	...(['wordpress', 'shopify', 'tag_manager'] as const)
] as const;
export type Platform = (typeof platforms)[number];

export interface Snippet {
	/** Where it goes, as a file or a place. */
	file: string;
	code: string;
}

interface Loader {
	url: string;
	siteKey: string;
}

/** What a customer pastes into their website, by what the website is made with. */
export const installSnippet: Record<Platform, (loader: Loader) => Snippet> = {
	html: ({ url, siteKey }) => ({
		file: 'index.html',
		code: embedCode(url, siteKey)
	}),
	react: (loader) => ({
		file: 'Chat.jsx',
		code: `import { useEffect } from 'react';

export function Chat() {
  useEffect(() => {
${indented(loading(loader), 4)}
    return () => {
      script.remove();
      window.chtq?.destroy?.();
    };
  }, []);
  return null;
}`
	}),
	vue: (loader) => ({
		file: 'App.vue',
		code: `<script setup>
import { onMounted } from 'vue';

onMounted(() => {
${indented(loading(loader), 2)}
});
</script>`
	}),
	svelte: (loader) => ({
		file: '+layout.svelte',
		code: `<script>
  import { onMount } from 'svelte';

  onMount(() => {
${indented(loading(loader), 4)}
  });
</script>`
	}),
	wordpress: ({ url, siteKey }) => ({
		file: 'functions.php',
		code: `add_action('wp_footer', function () {
  echo '<script async src="${url}" data-site-key="${siteKey}"></script>';
});`
	}),
	shopify: ({ url, siteKey }) => ({
		file: 'layout/theme.liquid',
		code: embedCode(url, siteKey)
	}),
	// It writes scripts anew and drops their data attributes.
	tag_manager: (loader) => ({
		file: 'Custom HTML',
		code: `<script>
(function () {
${indented(loading(loader).replace('const ', 'var '), 2)}
})();
</script>`
	})
};

const loading = ({ url, siteKey }: Loader) => `const script = document.createElement('script');
script.async = true;
script.src = '${url}';
script.dataset.siteKey = '${siteKey}';
document.head.append(script);`;

const indented = (code: string, spaces: number) => code.replaceAll(/^/gm, ' '.repeat(spaces));
