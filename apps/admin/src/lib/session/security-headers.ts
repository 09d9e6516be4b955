const always = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'strict-origin-when-cross-origin',
	'cross-origin-opener-policy': 'same-origin',
	'permissions-policy': 'camera=(), microphone=(), geolocation=()'
};

/** Adds the headers; Kit has made the policy with its nonce, the project's address comes at run time. */
export function secure(
	response: Response,
	{ supabaseUrl, scripts }: { supabaseUrl: string; scripts: readonly string[] }
): Response {
	for (const [name, value] of Object.entries(always)) response.headers.set(name, value);
	const policy = response.headers.get('content-security-policy');
	if (policy) {
		const { origin } = new URL(supabaseUrl);
		const socket = origin.replace(/^http/, 'ws');
		response.headers.set(
			'content-security-policy',
			`${policy
				.replace("img-src 'self'", `img-src 'self' blob: ${origin}`)
				.replace(
					"script-src 'self'",
					["script-src 'self'", ...scripts].join(' ')
				)}; connect-src 'self' ${origin} ${socket}`
		);
	}
	return response;
}
