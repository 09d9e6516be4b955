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

export const signers = ['node', 'php', 'python'] as const;
export type Signer = (typeof signers)[number];

/** Signs a visitor as `visitor-session` verifies it: a JWT (HS256) with `sub` and `exp`. No library needed. */
export const signingSnippet: Record<Signer, Snippet> = {
	node: {
		file: 'sign-visitor.mjs',
		code: `import { createHmac } from 'node:crypto';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** user: the person who is signed in to your website. */
export function signVisitor(user) {
  const claims = {
    sub: String(user.id),
    name: user.name,
    email: user.email,
    exp: Math.floor(Date.now() / 1000) + 300
  };
  const token = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part(claims);
  const secret = process.env.CHAT_IDENTITY_SECRET;
  return token + '.' + createHmac('sha256', secret).update(token).digest('base64url');
}`
	},
	php: {
		file: 'sign-visitor.php',
		code: `<?php
function chat_part(string $text): string {
  return rtrim(strtr(base64_encode($text), '+/', '-_'), '=');
}

/** $user: the person who is signed in to your website. */
function sign_visitor(array $user): string {
  $claims = [
    'sub' => (string) $user['id'],
    'name' => $user['name'],
    'email' => $user['email'],
    'exp' => time() + 300
  ];
  $token = chat_part('{"alg":"HS256","typ":"JWT"}') . '.' . chat_part(json_encode($claims));
  $secret = getenv('CHAT_IDENTITY_SECRET');
  return $token . '.' . chat_part(hash_hmac('sha256', $token, $secret, true));
}`
	},
	python: {
		file: 'sign_visitor.py',
		code: `import base64, hashlib, hmac, json, os, time

def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def sign_visitor(user) -> str:
    """user: the person who is signed in to your website."""
    claims = {
        "sub": str(user.id),
        "name": user.name,
        "email": user.email,
        "exp": int(time.time()) + 300,
    }
    token = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    secret = os.environ["CHAT_IDENTITY_SECRET"].encode()
    return token + "." + part(hmac.new(secret, token.encode(), hashlib.sha256).digest())`
	}
};

/** What the page does with the signed text. */
export const identifySnippet = `window.chtq = window.chtq || [];
chtq.push(['identify', signedVisitor]);`;
