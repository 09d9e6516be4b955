/** Where a site's refresh token is kept. A browser that has one is a returning visitor. */
export const refreshTokenKey = (siteKey: string) => `chatiq:${siteKey}`;
